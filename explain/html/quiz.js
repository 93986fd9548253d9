"use strict";
(() => {
  const data = JSON.parse(document.getElementById("quiz").textContent);
  const element = (id) => document.getElementById(id);
  const make = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  const { spellings, calculated, calculation, fraction, over, size, FULL } = reading;
  const minus = (text) => text.replace(/-(?=[\s(]*[.0-9(])/g, "−");
  const READABLE = /^-?[0-9]+(?:\.[0-9]+|\/0*[1-9][0-9]*)?(?:x-?[0-9]+(?:[./][0-9]+)?)*$/;

  const numbers = new Map();
  const numbered = (text) => {
    if (!numbers.has(text)) numbers.set(text, calculation(text)?.value ?? null);
    return numbers.get(text);
  };
  /** Whether a number with many decimals is what a machine prints of this one, as calc/marking/replies.py has it. */
  const printed = ({ value: [top, bottom] }, text) => {
    const number = numbered(text);
    return number !== null && size(top * number[1] - number[0] * bottom) * 2n * 10n ** BigInt(FULL) <= size(number[0]) * bottom;
  };

  class Blank {
    constructor(told) {
      Object.assign(this, told);
      this.field = element(this.id);
      this.done = "";
      this.tries = 0;
    }

    get boxes() {
      return [...this.field.querySelectorAll("input")];
    }

    /** Right, a reading, causes of what is wrong; null if it cannot be read. */
    judge() {
      if (this.choices) return this.judgeChoices();
      const { sized } = this;
      const spelled = spellings(this.field.value, sized);
      const worked = calculated(this.field.value, sized);
      const comes = worked.find((way) => !way.plain) ?? null;
      for (const text of spelled) if (this.takes(text)) return { right: true, other: this.other(worked.find((way) => way.spelled === text)) };
      for (const way of worked) {
        if (this.takes(way.spelled) || (way.long && printed(way, this.right[0]))) return { right: true, comes: way.plain || way.long ? "" : way.spelled, other: this.other(way) };
        if (this.rounded && way.half && this.near(way)) return { right: true, near: true };
      }
      const values = worked.map((way) => way.spelled);
      for (const text of sized ? [...spelled, ...values] : [...values, ...spelled]) {
        const said = comes && values.includes(text) ? text : "";
        if (this.readings && Object.hasOwn(this.readings, text)) return { right: true, reading: this.readings[text] };
        if (Object.hasOwn(this.wrong, text)) return { right: false, causes: this.wrong[text], comes: said };
      }
      for (const way of worked) {
        const text = way.long && Object.keys(this.wrong).find((each) => printed(way, each));
        if (text) return { right: false, causes: this.wrong[text], comes: way.plain ? "" : way.spelled };
      }
      const one = READABLE.test(spelled[0] ?? "") ? spelled[0] : (comes?.spelled ?? "x");
      if (sized && !one.includes("x") && this.right.every((text) => text.includes("x"))) return this.judgeSide([one, ...values], comes);
      if (comes && !(sized && READABLE.test(spelled[0] ?? ""))) return { right: false, causes: [], comes: comes.spelled };
      if (!sized && worked.length) return { right: false, causes: [], comes: "" };
      return READABLE.test(spelled[0] ?? "") && (sized || !spelled[0].includes("x")) ? { right: false, causes: [] } : null;
    }

    /** One number where a size has several, which are not alike. */
    judgeSide(said, comes) {
      const of = (text) => text.split("x").some((side) => said.includes(side));
      const right = this.right.some(of);
      const led = right ? [] : Object.keys(this.wrong).filter(of).flatMap((text) => this.wrong[text]);
      return { right: false, causes: [...new Set(led)], comes: comes ? comes.spelled : "", side: right ? "It is right along one axis; a number is wanted along each, such as 250×240." : "A number is wanted along each axis, such as 250×240." };
    }

    takes(text) {
      if (this.right.includes(text)) return true;
      if (this.loose && this.right.includes(this.bare(text))) return true;
      const within = ([first, last]) => BigInt(text) >= first && (last === null || BigInt(text) <= last);
      return Boolean(this.between && /^[0-9]+$/.test(text) && this.between.some(within));
    }

    /** A size without channels, before or behind it, and batch. */
    bare(text) {
      const axes = Math.max(this.right[0].split("x").length, 2);
      const parts = text.split("x");
      if (!parts.slice(-axes).every((part) => /^[1-9][0-9]*$/.test(part))) return "";
      const sides = parts.length === axes + 1 || parts.length === axes + 2 ? [parts.slice(-axes)] : [];
      if (parts.length === axes + 1) sides.push(parts.slice(0, axes));
      return sides.map((each) => (new Set(each).size === 1 && !this.right[0].includes("x") ? each[0] : each.join("x"))).find((each) => this.right.includes(each)) ?? "";
    }

    /** Whether a number with k or M is the right one to its digits. */
    near({ value: [top, bottom], half: [unit, parts] }) {
      return size(top - BigInt(this.right[0]) * bottom) * parts <= unit * bottom;
    }

    /** What stands before a right result and does not come to it. */
    other(way) {
      return way?.others.find((ways) => !ways.includes(way.spelled))?.[0] ?? "";
    }

    judgeChoices() {
      const taken = this.boxes.map((box) => box.checked);
      if (!taken.includes(true)) return null;
      const amiss = this.choices.filter((choice, i) => choice.right !== taken[i]);
      const several = this.boxes[0].type === "checkbox";
      const told = several ? amiss : amiss.filter((choice) => !choice.right);
      const causes = [...new Set(told.map((choice) => choice.cause).filter((cause) => cause !== null))];
      return { right: amiss.length === 0, causes, every: true };
    }

    get empty() {
      return this.field.value.trim() === "";
    }

    /** Whether what stands here was judged already. */
    get marked() {
      return this.field.parentNode.dataset.state === "wrong";
    }

    /** The number that is filled in, in each way it can be meant, with the decimal places it is written to. */
    get mine() {
      if (this.choices || this.empty) return [];
      const text = this.field.value;
      if (this.mineOf !== text) {
        this.mineOf = text;
        this.mineIs = calculated(text, this.sized).map((way) => ({ value: way.value, places: way.plain ? way.places : 0, long: way.long }));
      }
      return this.mineIs;
    }

    get said() {
      return this.choices ? this.shows : minus(this.field.value.trim());
    }

    /** Nothing more can be changed: it is right, or the answer was shown. */
    close(how) {
      this.done = how;
      if (this.choices) {
        this.boxes.forEach((box, i) => {
          if (how === "shown") box.checked = this.choices[i].right;
          box.disabled = true;
        });
        this.field.dataset.state = how;
      } else {
        if (how === "shown") this.field.value = this.shows;
        this.field.readOnly = true;
        this.field.removeAttribute("aria-invalid");
        this.field.setAttribute("aria-label", `${this.asks}, ${how === "shown" ? "shown" : "right"}`);
        this.field.parentNode.dataset.state = how;
      }
      for (const again of document.querySelectorAll(`[data-again="${this.id}"]`)) again.textContent = this.shows;
    }

    fault() {
      if (this.choices) this.field.dataset.state = "wrong";
      else {
        this.field.setAttribute("aria-invalid", "true");
        this.field.parentNode.dataset.state = "wrong";
      }
    }

    /** It is being changed: what was said of it holds no longer. */
    open() {
      if (this.done) return;
      const marked = this.choices ? this.field : this.field.parentNode;
      delete marked.dataset.state;
      if (!this.choices) this.field.removeAttribute("aria-invalid");
    }

    focus() {
      (this.choices ? this.boxes[0] : this.field).focus();
    }
  }

  const blanks = data.blanks.map((told) => new Blank(told));
  let current = blanks[0];
  let first = 0;
  const verdict = element("verdict");
  const say = (...parts) => verdict.replaceChildren(...parts);
  const line = (kind, mark, ...text) => make("p", { class: kind }, make("span", { class: "mark" }, mark), " ", ...text);
  const kept = (id) => element(id)?.content.cloneNode(true);

  const tell = () => {
    const right = blanks.filter((blank) => blank.done === "right").length;
    const shown = blanks.filter((blank) => blank.done === "shown").length;
    element("progress").textContent = `${right} of ${blanks.length} right${shown ? `, ${shown} shown` : ""}`;
    return right + shown === blanks.length;
  };

  const ended = () => {
    if (!tell()) return;
    const solution = element("solution");
    if (!solution.hidden) return;
    solution.hidden = false;
    dispatchEvent(new Event("resize"));
    const right = blanks.filter((blank) => blank.done === "right").length;
    const all = right === blanks.length ? (right === 1 ? "That is right" : `All ${right} are right`) : `${right || "None"} of ${blanks.length} ${right < 2 ? "is" : "are"} right`;
    const tries = right > 1 ? `, ${first} at the first try` : "";
    verdict.append(make("p", { class: "done" }, `${all}${tries}. The worked solution is below.`));
    for (const name of ["check", "hint", "show", "finish"]) element(name).disabled = true;
  };

  const place = (blank) => (blanks.length > 1 ? `${blank.asks}: ` : "");
  const lesson = (cause) => {
    const told = data.lessons[cause.name];
    return told ? [make("details", {}, make("summary", {}, "Why that is tempting, and what is right"), make("p", {}, told))] : [];
  };
  const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

  /** How often a wrong rule led to what was answered: of several the likeliest is told first. */
  const led = new Map();
  const ranked = (causes) => {
    for (const i of causes) led.set(data.causes[i].name, (led.get(data.causes[i].name) ?? 0) + 1);
    return causes.map((i) => data.causes[i]).sort((a, b) => led.get(b.name) - led.get(a.name));
  };
  const told = (cause, ...further) => {
    verdict.append(make("div", { class: "cause" }, make("p", {}, make("strong", {}, sentence(cause.title)), `: ${cause.says}.`), ...further, ...lesson(cause)));
  };
  const listed = (names) => (names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names.join(""));
  const some = (list) => listed(list.length > 6 ? [...list.slice(0, 5).map((blank) => blank.asks), `${list.length - 5} more`] : list.map((blank) => blank.asks));

  /** Whether what is filled in is this number, or this number rounded to the places that it has. */
  const equal = (blank, text) => {
    const number = numbered(text);
    return number !== null && blank.mine.some((way) => {
      const { value: [top, bottom], places, long } = way;
      const [difference, both] = [size(top * number[1] - number[0] * bottom), bottom * number[1]];
      return difference === 0n || (places > 0 && difference * 2n * 10n ** BigInt(places) <= both) || (long && printed(way, text));
    });
  };
  /** The wrong rules, or two together, that make of a map nearly what is filled in, each with the cells that differ. */
  const likened = () => {
    const filled = blanks.map((blank, i) => ({ blank, i })).filter(({ blank }) => !blank.choices && blank.done !== "shown" && blank.mine.length);
    if (filled.length < 4) return [];
    const right = filled.filter(({ blank }) => blank.done === "right").length;
    const found = data.misread.map(({ causes, cells }) => ({ causes, cells, of: filled.length, differ: filled.filter(({ blank, i }) => !equal(blank, cells[i])) }));
    const close = found.filter(({ causes, differ }) => (causes.length > 1 ? !differ.length : differ.length * 4 <= filled.length) && filled.length - differ.length >= right + 2 * causes.length);
    const least = Math.min(...close.map(({ causes, differ }) => differ.length + filled.length * (causes.length - 1)));
    return close.filter(({ causes, differ }) => differ.length + filled.length * (causes.length - 1) === least).slice(0, 3);
  };
  const sayLikened = (found) => {
    if (found.length > 1) verdict.append(make("p", {}, "What is filled in fits more than one of these equally well:"));
    for (const { causes, cells, of, differ } of found) {
      const rules = causes.length > 1 ? "these two rules lead" : "this rule leads";
      const odd = differ.map(({ blank, i }) => `${blank.asks} ${opposites(blank, cells[i]) ? "differs by its sign alone" : "differs"}`);
      const evidence = `${of - differ.length} of the ${of} cells that are filled in equal what ${rules} to${odd.length ? `; ${listed(odd)}` : ""}.`;
      const [first, ...rest] = causes.map((i) => data.causes[i]);
      told(first, ...rest.map((cause) => make("p", {}, "together with ", make("strong", {}, cause.title), `: ${cause.says}.`)), make("p", { class: "evidence" }, evidence));
    }
  };
  const opposites = (blank, text) => {
    const number = numbered(text);
    return blank.mine.some(({ value }) => number[0] && value[0] === -number[0] && value[1] === number[1]);
  };
  /** Whether a total is that of the rows as they are filled in, and which of these are wrong; null where one is empty. */
  const followed = (blank) => {
    if (!blank.adds) return null;
    const rows = blank.adds.map((id) => blanks.find((each) => each.id === id));
    if (rows.some((row) => !row.mine.length)) return null;
    const sum = rows.map((row) => row.mine[0].value).reduce(([a, b], [c, d]) => over(a * d + c * b, b * d));
    return { adds: blank.mine.some(({ value }) => fraction(value) === fraction(sum)), amiss: [...new Set(rows)].filter((row) => row.judge()?.right !== true) };
  };
  const sayFollowed = (blank) => {
    const found = followed(blank);
    if (!found) return false;
    const says = found.adds && found.amiss.length ? `It is the sum of your rows, so it follows from what is wrong in them: ${some(found.amiss)}.` : found.adds ? "" : "It is not the sum of your rows.";
    if (says) verdict.append(make("p", { class: "evidence" }, says));
    return found.adds && found.amiss.length > 0;
  };

  const unread = (blank) => `${place(blank)}“${blank.said}” cannot be read: a number, a size or a calculation is wanted, such as −2, 1/2, 75·32 + 32 or 250×250.`;
  const passed = (blank) => {
    blank.tries += 1;
    if (blank.tries === 1) first += 1;
    blank.close("right");
  };
  const failed = (blank) => {
    blank.tries += 1;
    blank.fault();
  };
  const check = (blank) => {
    const found = blank.judge();
    if (found === null) {
      const empty = !blank.choices && blank.empty;
      say(line("careful", "!", blank.choices ? "Nothing is chosen yet." : empty ? `${place(blank)}nothing is filled in yet.` : unread(blank)));
      if (!empty && !blank.choices) blank.field.setAttribute("aria-invalid", "true");
      return;
    }
    if (found.right) {
      const mine = blank.said;
      passed(blank);
      const how = found.reading ? ` right under another convention: ${found.reading}. Here it is ${blank.shows}.`
        : found.near ? ` is right, rounded: ${blank.shows}.`
        : found.comes ? ` is right: it comes to ${minus(found.comes)}.`
        : found.other ? ` is right, but what stands before it comes to ${minus(found.other)}.` : " is right.";
      const worked = kept(`${blank.id}-worked`);
      say(line("agrees", "✓", `${place(blank)}${mine}${how}`), ...(worked ? [make("div", { class: "worked" }, worked)] : []));
      ended();
      const next = after(blank);
      if (next) next.focus();
      return;
    }
    failed(blank);
    const causes = ranked(found.causes);
    const mine = blank.choices ? "That" : blank.said;
    say(line("differs", "✗", `${place(blank)}${mine}${found.comes ? ` comes to ${minus(found.comes)}, which` : ""} is not right.`));
    const likely = likened();
    if (sayFollowed(blank)) return;
    if (likely.length) return sayLikened(likely);
    if (found.side) verdict.append(make("p", {}, found.side));
    if (found.side && !causes.length) return;
    if (!causes.length) verdict.append(make("p", {}, "No wrong rule that is known here leads to it. Try again, or take a hint."));
    if (causes.length > 1 && !found.every) verdict.append(make("p", {}, "More than one wrong rule leads to it. It may be one of these:"));
    for (const cause of causes) told(cause);
  };

  /** All that is filled in and not judged yet, at once: how much of it is right, and each cause with where it led. */
  const checkAll = (filled) => {
    const judged = filled.map((blank) => [blank, blank.judge()]);
    const right = judged.filter(([, found]) => found?.right);
    const amiss = judged.filter(([, found]) => found && !found.right);
    const none = judged.filter(([, found]) => found === null);
    for (const [blank] of right) passed(blank);
    for (const [blank] of amiss) failed(blank);
    for (const [blank] of none) blank.field.setAttribute("aria-invalid", "true");
    say(line(right.length === filled.length ? "agrees" : "differs", right.length === filled.length ? "✓" : "✗", `${right.length} of ${filled.length} are right.`));
    for (const [blank] of none) verdict.append(line("careful", "!", unread(blank)));
    if (amiss.length) {
      verdict.append(make("p", {}, `Not right: ${some(amiss.map(([blank]) => blank))}.`));
      const likely = likened();
      if (likely.length) sayLikened(likely);
      else sayCauses(amiss);
    }
    ended();
    (amiss[0]?.[0] ?? none[0]?.[0] ?? after(filled.at(-1)))?.focus();
  };
  const sayCauses = (amiss) => {
    const own = amiss.filter(([blank]) => !sayFollowed(blank));
    for (const [, found] of own) ranked(found.causes);
    const rules = new Map();
    const unknown = [];
    for (const [blank, { causes }] of own) {
      const [likeliest] = [...causes].sort((a, b) => led.get(data.causes[b].name) - led.get(data.causes[a].name));
      if (likeliest === undefined) unknown.push(blank);
      else rules.set(data.causes[likeliest].name, [...(rules.get(data.causes[likeliest].name) ?? []), [blank, data.causes[likeliest]]]);
    }
    for (const found of rules.values()) told(found[0][1], make("p", { class: "evidence" }, `It leads to what is filled in for ${some(found.map(([blank]) => blank))}.`));
    if (unknown.length) verdict.append(make("p", {}, `No wrong rule that is known here leads to what is filled in for ${some(unknown)}.`));
  };

  /** The next blank that is open, from one on. */
  const after = (blank) => {
    const at = blanks.indexOf(blank);
    return [...blanks.slice(at + 1), ...blanks.slice(0, at)].find((each) => !each.done);
  };

  const look = (blank) => {
    current = blank;
    const looking = element("looking");
    if (!looking) return;
    const window = kept(`${blank.id}-window`);
    looking.replaceChildren(make("p", { class: "place" }, blank.asks), ...(window ? [window] : []));
  };

  for (const blank of blanks) {
    blank.field.addEventListener("focusin", () => look(blank));
    blank.field.addEventListener("input", () => blank.open());
    blank.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || blank.done) return;
      event.preventDefault();
      check(blank);
    });
  }
  for (const table of document.querySelectorAll("table.blanks")) {
    table.addEventListener("keydown", (event) => {
      const rows = { ArrowUp: -1, ArrowDown: 1 };
      if (!(event.key in rows) || !event.target.matches("input.blank")) return;
      const cell = event.target.closest("td, th");
      const all = [...table.rows];
      for (let i = all.indexOf(cell.parentNode) + rows[event.key]; i >= 0 && i < all.length; i += rows[event.key]) {
        const next = all[i].cells[cell.cellIndex]?.querySelector("input.blank");
        if (next) {
          event.preventDefault();
          next.focus();
          return;
        }
      }
    });
  }
  const open = () => (current.done ? after(current) : current);
  element("check").addEventListener("click", () => {
    const filled = blanks.filter((blank) => !blank.choices && !blank.done && !blank.empty && !blank.marked);
    if (filled.length > 1) return checkAll(filled);
    const blank = filled[0] ?? open();
    if (blank) check(blank);
  });
  element("show").addEventListener("click", () => {
    const blank = open();
    if (!blank) return;
    blank.close("shown");
    const worked = kept(`${blank.id}-worked`);
    say(make("p", {}, `${place(blank)}${blank.shows}`), ...(worked ? [make("div", { class: "worked" }, worked)] : []));
    ended();
    const next = after(blank);
    if (next) look(next);
  });
  let hinted = 0;
  element("hint").addEventListener("click", () => {
    const hint = kept(`hint${hinted + 1}`);
    if (!hint) return;
    hinted += 1;
    element("hints").append(make("li", {}, hint));
    if (!element(`hint${hinted + 1}`)) {
      element("hint").disabled = true;
      element("hint").textContent = "No more hints";
    } else element("hint").textContent = "Another hint";
  });
  element("finish").addEventListener("click", () => {
    for (const blank of blanks) if (!blank.done) blank.close("shown");
    say();
    ended();
    element("solved").focus();
  });
  look(blanks[0]);
  tell();
  addEventListener("beforeunload", (event) => {
    if (blanks.some((blank) => blank.done === "right") && blanks.some((blank) => !blank.done)) event.preventDefault();
  });
})();
