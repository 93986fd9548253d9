"use strict";
(() => {
  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const covers = ([start, stop, step], i) => i >= start && i < stop && (i - start) % step === 0;
  const ends = ([start, stop, step], i) => [step > 1 || i === start, step > 1 || i + step >= stop];
  const size = ([start, stop, step]) => Math.ceil((stop - start) / step);
  const listed = ([start, stop, step]) => Array.from({ length: size([start, stop, step]) }, (_, i) => start + i * step);
  const span = (name, [first, last]) => (first === last ? `${name} ${first + 1}` : `${name}s ${first + 1}–${last + 1}`);
  const put = (cell, text) => {
    if (cell.textContent !== text) cell.textContent = text;
  };

  /** A matrix whose cells can be written one by one; its rows and columns are numbered for those who hear it. */
  const matrix = (rows, columns, label, kind) => {
    const head = make("tr", {}, make("td"));
    for (let c = 0; c < columns; c++) head.append(make("th", { scope: "col" }, String(c + 1)));
    const body = make("tbody");
    const cells = [];
    for (let r = 0; r < rows; r++) {
      const row = make("tr", {}, make("th", { scope: "row" }, String(r + 1)));
      cells.push(Array.from({ length: columns }, () => row.appendChild(make("td"))));
      body.append(row);
    }
    const table = make("table", { class: `matrix ${kind}`, "aria-label": label }, make("thead", {}, head), body);
    table.style.setProperty("--columns", columns);
    return { cells, table };
  };

  const framed = (caption, { table }) => make("figure", {}, make("figcaption", {}, caption), make("div", { class: "scroll" }, table));

  /** Products up to which each stands in the sum, also those that are zero. */
  const SPELLED = 25;

  /** How the signs between matrices are read out. */
  const READ = { "∘": "times, cell by cell,", "=": "equals", "→": "becomes" };

  /** Columns wide enough for all that will stand in them, so that nothing moves. */
  const widen = ({ cells }, texts) => {
    const most = Math.max(...texts.map((text) => text.length));
    for (const cell of cells[0]) cell.style.minWidth = `calc(${most}ch + .84em)`;
  };

  class Stepper {
    constructor(root, data, key) {
      Object.assign(this, { root, data, key, at: 0, filled: -1, timer: 0 });
      this.size = [data.rows.length, data.columns.length];
      this.each = this.size[0] * this.size[1];
      this.many = data.sheets.length * this.each;
      this.build();
      root.hidden = false;
      this.go(0, { quiet: true });
    }

    place(step) {
      const sheet = Math.floor(step / this.each);
      const rest = step % this.each;
      return [sheet, Math.floor(rest / this.size[1]), rest % this.size[1]];
    }

    step(sheet, row, column) {
      return sheet * this.each + row * this.size[1] + column;
    }

    name(step) {
      const [sheet, row, column] = this.place(step);
      const place = this.data.line ? [column + 1] : [row + 1, column + 1];
      return `(${[...this.data.sheets[sheet].at, ...place].join(",")})`;
    }

    button(name, text, act) {
      const button = make("button", { type: "button", class: name, "aria-label": text[1], title: text[1] }, text[0]);
      button.addEventListener("click", act);
      return button;
    }

    build() {
      const { data } = this;
      const { large } = data;
      this.first = this.button("first", ["⇤", "First window"], () => this.go(0));
      this.before = this.button("before", ["←", "Window before"], () => this.go(this.at - 1));
      this.play = this.button("play", ["▶ Play", "Play"], () => this.toggle());
      this.after = this.button("after", ["→", "Next window"], () => this.go(this.at + 1));
      this.last = this.button("last", ["⇥", "Last window"], () => this.go(this.many - 1));
      this.slider = make("input", { type: "range", min: 1, max: this.many, step: 1, value: 1, "aria-label": "Window" });
      this.slider.addEventListener("input", () => this.go(Number(this.slider.value) - 1));
      this.count = make("output", { "aria-live": "off" });
      const controls = make("div", { class: "controls", role: "group", "aria-label": "Windows" });
      controls.append(this.first, this.before, this.play, this.after, this.last, this.slider, this.count);

      this.rows = data.sheets[0].planes.map((_, i) => this.planeRow(i));
      const planes = make("div", { class: "planes" }, ...this.rows.map((row) => row.element));
      this.maps = data.sheets.map((sheet, s) => this.map(sheet, s));
      const maps = make("div", { class: "maps" }, ...this.maps.map((map) => map.element));
      const equations = large ? [make("div", { class: "equations" }, ...this.rows.map((row) => row.equation))] : [];
      this.sum = make("p", { class: "sum" });
      this.seen = make("p", { class: "seen", "aria-live": "polite" });
      this.live = make("p", { class: "hidden", "aria-live": "polite" });
      const keys = make("p", { class: "keys" },
        make("span", { class: "pointing" }, "← → Home End walk the windows. Point at a cell of the feature map to see its window, at a cell of the image to see which outputs cover it."),
        make("span", { class: "touching" }, "Tap a cell of the feature map to go to its window, a cell of the image to see which outputs cover it."));
      this.root.append(controls, make("div", { class: "stage" }, planes, maps, ...equations), this.sum, this.seen, keys, this.live);
      this.root.setAttribute("role", "group");
      this.root.setAttribute("aria-label", "The windows, step by step");
      if (large) this.root.classList.add("tiles");
    }

    planeRow(i) {
      const { data } = this;
      const several = data.sheets[0].planes.length > 1;
      const codes = data.planes[0].codes;
      const [down, across] = [size(data.rows[0]), size(data.columns[0])];
      const row = { plane: -1, kernel: -1, marked: [] };
      row.image = matrix(codes.length, codes[0].length, "image", data.large ? "grid large" : "grid");
      const image = framed("", row.image);
      row.caption = image.firstChild;
      this.walkable(row.image, (r, c) => this.look(row.plane, r, c), () => this.look(-1));
      const parts = [];
      if (data.large || data.chains) {
        row.window = matrix(this.most(data.rows), this.most(data.columns), "window", "window");
        widen(row.window, data.numbers);
        parts.push(framed("window", row.window));
      }
      if (data.kernels) {
        row.weights = matrix(down, across, "kernel", "kernel");
        row.products = matrix(down, across, "products", "");
        widen(row.weights, data.weights);
        widen(row.products, data.products.flat().map((code) => data.results[code]));
        parts.push(framed("kernel", row.weights), framed("products", row.products));
      }
      const signs = data.kernels ? ["∘", "="] : [];
      const shown = data.large ? parts : [image, ...parts];
      const between = data.chains && !data.large ? ["→"] : signs;
      const equation = make("div", { class: "row" });
      shown.forEach((part, j) => {
        if (j) equation.append(make("span", { class: "between", role: "img", "aria-label": READ[between[j - 1]] }, between[j - 1]));
        equation.append(part);
      });
      if (several && data.parts) equation.append((row.partial = make("span", { class: "partial" })));
      row.equation = equation;
      row.element = make("div", { class: "plane-row" }, data.large ? image : equation);
      return row;
    }

    most(spans) {
      return Math.max(...spans.map(size));
    }

    map(sheet, s) {
      const { data } = this;
      const title = ["feature map", sheet.name].filter(Boolean).join(", ");
      const map = matrix(...this.size, title, data.large ? "map grid large" : "map grid");
      this.walkable(map, (r, c) => this.show(this.step(s, r, c), true), () => this.show(this.at), (r, c) => this.go(this.step(s, r, c)));
      if (!data.large) widen(map, data.sums.map((code) => data.results[code]));
      map.element = framed(title, map);
      return map;
    }

    /** Pointing and focus tell of a cell, arrows go from cell to cell; where there is something to choose, they choose. */
    walkable(grid, enter, leave, choose) {
      const { table, cells } = grid;
      table.setAttribute("role", "grid");
      for (const row of cells) for (const cell of row) cell.tabIndex = -1;
      this.roam(grid, cells[0][0]);
      const place = (cell) => [cell.parentNode.rowIndex - 1, cell.cellIndex - 1];
      const cellOf = (element) => element?.closest("tbody td");
      const over = (event) => {
        const cell = cellOf(event.target);
        if (cell) enter(...place(cell));
      };
      const out = () => {
        const focused = table.contains(document.activeElement) && cellOf(document.activeElement);
        if (focused && !choose) enter(...place(focused));
        else leave();
      };
      table.addEventListener("pointerover", over);
      table.addEventListener("pointerleave", out);
      table.addEventListener("focusin", (event) => {
        const cell = cellOf(event.target);
        if (!cell) return;
        this.roam(grid, cell);
        enter(...place(cell));
      });
      table.addEventListener("focusout", leave);
      if (choose) table.addEventListener("click", (event) => {
        const cell = cellOf(event.target);
        if (cell) choose(...place(cell));
      });
      table.addEventListener("keydown", (event) => {
        const cell = cellOf(event.target);
        if (!cell || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
        const [r, c] = place(cell);
        const moves = { ArrowUp: [r - 1, c], ArrowDown: [r + 1, c], ArrowLeft: [r, c - 1], ArrowRight: [r, c + 1], Enter: [r, c], " ": [r, c] };
        const [down, across] = moves[event.key] ?? (choose ? [] : { Home: [r, 0], End: [r, cells[r].length - 1] }[event.key] ?? []);
        const next = cells[down]?.[across];
        if (down === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        if (!next) return;
        if (choose) choose(down, across);
        next.focus();
      });
    }

    /** The one cell of a grid that Tab comes to. */
    roam(grid, cell) {
      if (grid.stop) grid.stop.tabIndex = -1;
      cell.tabIndex = 0;
      grid.stop = cell;
    }

    go(step, { quiet = false } = {}) {
      if (step < 0 || step >= this.many) return;
      this.at = step;
      this.slider.value = step + 1;
      this.slider.setAttribute("aria-valuetext", `window ${this.name(step)}`);
      put(this.count, `${step + 1} of ${this.many}`);
      for (const [button, off] of [[this.first, !step], [this.before, !step], [this.after, step === this.many - 1], [this.last, step === this.many - 1]])
        button.setAttribute("aria-disabled", String(off));
      if (this.peeked) put(this.peeked[0], this.peeked[1]);
      this.peeked = null;
      this.fill();
      this.show(step);
      this.roam(this.maps[this.place(step)[0]], this.now);
      if (quiet) return;
      current = this;
      if (!this.timer) put(this.live, `Window ${this.name(step)}, ${step + 1} of ${this.many}: ${this.said(step, false).join(" = ")}`);
      remember(this.key, step + 1);
    }

    toggle() {
      if (this.timer) this.stop();
      else {
        if (this.at === this.many - 1) this.go(0);
        this.timer = setInterval(() => (this.at < this.many - 1 ? this.go(this.at + 1) : this.stop()), 900);
        this.named("Pause", "❚❚ Pause");
      }
    }

    stop() {
      clearInterval(this.timer);
      this.timer = 0;
      this.named("Play", "▶ Play");
    }

    named(name, text) {
      this.play.setAttribute("aria-label", name);
      this.play.title = name;
      put(this.play, text);
    }

    /** The map as far as the windows have come; only what changes between two steps is written. */
    fill() {
      const { data } = this;
      const [from, to] = this.filled < 0 ? [0, this.many - 1] : [Math.min(this.filled, this.at), Math.max(this.filled, this.at)];
      this.filled = this.at;
      for (let step = from; step <= to; step++) {
        const [sheet, row, column] = this.place(step);
        const cell = this.maps[sheet].cells[row][column];
        const known = step <= this.at;
        put(cell, known ? data.results[data.sums[step]] : "·");
        cell.classList.toggle("open", !known);
        if (data.shades) shade(cell, known ? data.shades.levels[data.sums[step]] : 0, true, data.shades.signed);
      }
    }

    /** One window, its products and its sum, lit together. */
    show(step, hovered = false) {
      const { data } = this;
      const [sheet, row, column] = this.place(step);
      const own = data.sheets[sheet];
      const [rows, columns] = [data.rows[row], data.columns[column]];
      this.rows.forEach((plane, i) => this.plane(plane, i, own, step, rows, columns));
      if (this.now) {
        this.now.classList.remove("now");
        this.now.removeAttribute("aria-current");
      }
      this.now = this.maps[sheet].cells[row][column];
      this.now.classList.add("now");
      this.now.setAttribute("aria-current", "true");
      if (this.peeked) put(this.peeked[0], this.peeked[1]);
      this.peeked = hovered && step > this.at ? [this.now, this.now.textContent] : null;
      put(this.now, data.results[data.sums[step]]);
      const lines = this.said(step);
      const place = make("b", { class: "place" }, this.name(step));
      const total = make("span", { class: "total" }, (lines.length > 1 ? "= " : "") + lines.at(-1));
      const before = lines.slice(0, -1).join(" = ");
      this.sum.replaceChildren(place, " ", before ? `${before} ` : "", total);
    }

    plane(row, i, sheet, step, rows, columns) {
      const { data } = this;
      const plane = sheet.planes[i];
      const { codes, own } = data.planes[plane];
      if (row.plane !== plane) {
        row.plane = plane;
        codes.forEach((line, r) => line.forEach((code, c) => {
          const cell = row.image.cells[r][c];
          put(cell, code < 0 ? "·" : data.numbers[code]);
          cell.classList.toggle("pad", !covers(own[0], r) || !covers(own[1], c));
          if (data.levels) shade(cell, code < 0 ? 0 : data.levels[code], false, data.signed);
        }));
        put(row.caption, ["image", data.planes[plane].name].filter(Boolean).join(", "));
      }
      for (const cell of row.marked) {
        cell.classList.remove("w", "l", "r", "t", "b", "won");
        cell.removeAttribute("aria-selected");
      }
      row.marked = [];
      const won = (data.winners?.[step] ?? []).filter((place) => place[0] === i).map((place) => `${place[1]},${place[2]}`);
      const [down, across] = [listed(rows), listed(columns)];
      down.forEach((r, y) => across.forEach((c, x) => {
        const cell = row.image.cells[r][c];
        const [top, bottom] = ends(rows, r);
        const [left, right] = ends(columns, c);
        cell.classList.add("w");
        cell.setAttribute("aria-selected", "true");
        for (const [side, there] of [["t", top], ["b", bottom], ["l", left], ["r", right]]) if (there) cell.classList.add(side);
        row.marked.push(cell);
        if (row.weights) {
          const code = data.kernels[sheet.kernel][i][y][x];
          put(row.weights.cells[y][x], data.weights[code]);
          put(row.products.cells[y][x], data.results[data.products[code][codes[r][c]]]);
        }
      }));
      if (row.window) row.window.cells.forEach((line, y) => line.forEach((cell, x) => {
        const there = y < down.length && x < across.length;
        const code = there ? codes[down[y]][across[x]] : -1;
        cell.hidden = !there;
        const wins = won.includes(`${y},${x}`);
        put(cell, there ? (code < 0 ? "·" : data.numbers[code]) + (wins ? "*" : "") : "");
        cell.classList.toggle("won", wins);
      }));
      if (row.partial) put(row.partial, `= ${data.results[data.parts[step][i]]}`);
    }

    /** The sum as it is written: all products, those that are not zero, their values, what they come to. */
    said(step, whole = true) {
      const { data } = this;
      if (data.chains) return data.chains[step].split(" = ");
      const [sheet, row, column] = this.place(step);
      const own = data.sheets[sheet];
      const bias = data.bias[own.kernel] === data.zero ? [] : [data.bias[own.kernel]];
      const sum = (codes) => codes.map((code, i) => (i ? data.joined : data.results)[code]).join("");
      const result = data.results[data.sums[step]];
      const lines = [];
      if (own.planes.length > 1) lines.push(sum([...data.parts[step], ...bias]));
      else {
        const [down, across] = [listed(data.rows[row]), listed(data.columns[column])];
        const every = [];
        const terms = [];
        const values = [];
        down.forEach((r, y) => across.forEach((c, x) => {
          const [weight, code] = [data.kernels[own.kernel][0][y][x], data.planes[own.planes[0]].codes[r][c]];
          every.push(data.terms[weight][code]);
          if (data.products[weight][code] === data.zero) return;
          terms.push(data.terms[weight][code]);
          values.push(data.products[weight][code]);
        }));
        const added = (products, after = "") => products.join(" +\u00a0") + after + bias.map((code) => data.joined[code]).join("");
        const zeros = every.length - terms.length;
        if (zeros && whole) lines.push(every.length <= SPELLED ? added(every) : added(terms, ` +\u00a0${zeros} zero${zeros === 1 ? "" : "s"}`));
        if (terms.length) lines.push(added(terms));
        if (terms.length) lines.push(sum([...values, ...bias]));
      }
      lines.push(result);
      return lines.filter((line, i) => line !== lines[i - 1]);
    }

    /** Which outputs cover a cell of the image. */
    look(plane, row, column) {
      const { data } = this;
      for (const cell of this.looked ?? []) cell.classList.remove("sees", "at");
      this.looked = [];
      if (plane < 0) return put(this.seen, "");
      const [rows, columns] = [data.rows, data.columns].map((spans, i) => spans.flatMap((s, o) => (covers(s, [row, column][i]) ? [o] : [])));
      let many = 0;
      data.sheets.forEach((sheet, s) => {
        if (!sheet.planes.includes(plane)) return;
        for (const r of rows) for (const c of columns) {
          this.maps[s].cells[r][c].classList.add("sees");
          this.looked.push(this.maps[s].cells[r][c]);
          many++;
        }
      });
      const at = data.line ? `(${column + 1})` : `(${row + 1},${column + 1})`;
      const where = many ? `: ${data.line ? "" : `${span("row", [rows[0], rows.at(-1)])}, `}${span("column", [columns[0], columns.at(-1)])} of the feature map` : "";
      put(this.seen, `Cell ${at} of the image is seen by ${many} output${many === 1 ? "" : "s"}${where}`);
    }
  }

  const shade = (cell, level, paper, signed) => {
    cell.dataset.level = "";
    cell.style.setProperty("--level", Math.abs(level) / 255);
    cell.style.setProperty("--shade", signed ? (level < 0 ? "var(--kernel)" : "var(--window)") : paper ? "var(--result)" : "#fff");
    cell.style.setProperty("--ground", signed || paper ? "var(--paper)" : "#000");
  };

  let current = null;
  const steppers = [];
  const wanted = () => new URLSearchParams(location.hash.slice(1));
  const remember = (key, step) => {
    const words = wanted();
    words.set(key, step);
    try {
      history.replaceState(null, "", `#${words}`);
    } catch {
      return;
    }
  };
  const follow = () => {
    const words = wanted();
    for (const stepper of steppers) {
      const step = Number(words.get(stepper.key));
      if (!Number.isInteger(step) || step < 1) continue;
      stepper.go(Math.min(step, stepper.many) - 1, { quiet: true });
      if (!current) stepper.root.scrollIntoView({ block: "nearest" });
      current = stepper;
    }
  };
  const scrollable = () => {
    for (const box of document.querySelectorAll(".scroll, .equation, .frame, .chain .right")) {
      const wide = box.scrollWidth > box.clientWidth + 1;
      box.classList.toggle("scrolls", wide);
      if (wide && !box.querySelector("[tabindex], input")) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };

  for (const block of document.querySelectorAll("script[data-for]")) {
    const root = document.getElementById(block.dataset.for);
    const key = steppers.length ? `step${steppers.length + 1}` : "step";
    steppers.push(new Stepper(root, JSON.parse(block.textContent), key));
    const list = block.nextElementSibling;
    if (list?.matches("details.windows")) list.open = false;
  }
  for (const rows of document.querySelectorAll("details.windows tbody")) {
    if (rows.rows.length > 100) rows.closest("details").open = false;
  }
  follow();
  scrollable();
  addEventListener("hashchange", follow);
  addEventListener("resize", scrollable);
  addEventListener("toggle", scrollable, true);
  const folded = new Set();
  addEventListener("beforeprint", () => {
    for (const list of document.querySelectorAll("details:not([open])")) {
      list.open = true;
      folded.add(list);
    }
  });
  addEventListener("afterprint", () => {
    for (const list of folded) list.open = false;
    folded.clear();
  });
  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (target.matches("input, textarea, select, [contenteditable], .scroll, .equation, .frame, .right")) return;
    const stepper = steppers.find((each) => each.root.contains(target)) ?? current ?? steppers[0];
    if (!stepper?.root.offsetParent) return;
    const steps = { ArrowLeft: stepper.at - 1, ArrowRight: stepper.at + 1, Home: 0, End: stepper.many - 1 };
    if (!(event.key in steps)) return;
    if ((event.key === "Home" || event.key === "End") && !stepper.root.contains(target)) return;
    event.preventDefault();
    stepper.go(steps[event.key]);
    if (target.matches("td")) stepper.now.focus();
  });
})();
