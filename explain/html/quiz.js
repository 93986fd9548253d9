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

  /* What is typed in its one spelling: the same as in calc/quizzes/blanks.py. Nothing is worked out here. */
  const SIGNS = new Map();
  for (const [signs, meant] of [["−–—‒﹣－", "-"], ["×✕✖·∙⋅•*", "x"], ["÷⁄∕", "/"], ["[{", "("], ["]}", ")"]]) {
    for (const sign of signs) SIGNS.set(sign, meant);
  }
  const GONE = new Set("'’‘`_$“”\"");
  const UNITS = /([0-9])(?:parameters|parameter|params|param|weights|weight|cells|cell|pixels|pixel|px|macs|mac|flops|features|feature|values|value|zeros|zero|oneachside|perside)$/;
  const common = (a, b) => (b ? common(b, a % b) : a);
  const number = (text) => {
    let part = text.replace(/^\+/, "");
    if (/^-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$/.test(part)) part = part.replaceAll(",", "");
    if (/^-?[0-9]*,[0-9]+$/.test(part)) part = part.replace(",", ".");
    let found = /^(-?)([0-9]*)\.([0-9]*)$/.exec(part);
    if (found) {
      const rest = found[3].replace(/0+$/, "");
      if (found[2] || rest) part = `${found[1]}${found[2] || "0"}${rest ? "." : ""}${rest}`;
    }
    found = /^(-?)([0-9]+)\/(-?)([0-9]+)$/.exec(part);
    if (found) {
      const [top, bottom] = [BigInt(found[2]), BigInt(found[4])];
      if (bottom) {
        const by = common(top, bottom);
        part = `${found[1] === found[3] ? "" : "-"}${top / by}${bottom === by ? "" : `/${bottom / by}`}`;
      }
    }
    found = /^(-?)0*([0-9]+)((?:[./][0-9]+)?)$/.exec(part);
    if (found) part = found[2] !== "0" || found[3] ? found[1] + found[2] + found[3] : "0";
    return part;
  };
  const normal = (text) => {
    let said = "";
    for (const sign of text.toLowerCase()) if (!GONE.has(sign)) said += SIGNS.get(sign) ?? sign;
    said = said.replace(/([0-9])\s*[,;]\s+(?=[0-9])/g, "$1x").replace(/\s+/g, "");
    said = said.replace(/^.*[=≈:]/, "").replace(/([0-9])by(?=[0-9])/g, "$1x");
    said = said.replace(/[.;,!]+$/, "").replace(UNITS, "$1");
    const inner = /^\(([^()]*)\)$/.exec(said);
    if (inner) said = inner[1].replaceAll(",", "x");
    return said.split("x").map(number).join("x");
  };
  const lookedUp = (text) => {
    const spelled = normal(text);
    const parts = spelled.split("x");
    return parts.length > 1 && new Set(parts).size === 1 ? [spelled, parts[0]] : [spelled];
  };
  const READABLE = /^-?[0-9]+(?:[./][0-9]+)?(?:x-?[0-9]+(?:[./][0-9]+)?)*$/;

  /* The spellings that one writing may have: points that part thousands, a size in brackets, one with its batch. */
  const spellings = (text, sized) => {
    const bare = text.trim().replace(/^torch\.size\s*\((.*)\)$/i, "$1").replace(/,\s*(?=[)\]]$)/, "").replaceAll("@", "x");
    const forms = [bare];
    if (/^-?[0-9]{1,3}(?:\.[0-9]{3})+$/.test(bare)) forms.push(bare.replaceAll(".", ""));
    if (/^[([]?\s*(?:none|n|b|-1|[0-9]+)(?:[\s,]+[0-9]+)+\s*[)\]]?$/i.test(bare)) {
      forms.push(bare.replace(/[()[\]]/g, " ").trim().split(/[\s,]+/).join("x"));
    }
    const found = forms.flatMap(lookedUp);
    if (sized) found.push(...found.flatMap((each) => (/^(?:none|n|b|-1|1)x[^x]+x/.test(each) ? lookedUp(each.replace(/^[^x]*x/, "")) : [])));
    return [...new Set(found)];
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
      const sized = this.right.some((text) => text.includes("x"));
      const spelled = spellings(this.field.value, sized);
      for (const text of spelled) {
        if (this.right.includes(text)) return { right: true };
        const within = ([first, last]) => BigInt(text) >= first && (last === null || BigInt(text) <= last);
        if (this.between && /^[0-9]+$/.test(text) && this.between.some(within)) return { right: true };
      }
      for (const text of spelled) {
        if (this.readings && Object.hasOwn(this.readings, text)) return { right: true, reading: this.readings[text] };
        if (Object.hasOwn(this.wrong, text)) return { right: false, causes: this.wrong[text] };
      }
      return READABLE.test(spelled[0]) && (sized || !spelled[0].includes("x")) ? { right: false, causes: [] } : null;
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

    get said() {
      return this.choices ? this.shows : this.field.value.trim();
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
    const all = right === blanks.length ? (right === 1 ? "That is right" : `All ${right} are right`) : `${right} of ${blanks.length} are right`;
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
  const check = (blank) => {
    const found = blank.judge();
    if (found === null) {
      const empty = !blank.choices && blank.field.value.trim() === "";
      say(line("careful", "!", blank.choices ? "Nothing is chosen yet." : empty ? `${place(blank)}nothing is filled in yet.` : `${place(blank)}“${blank.said}” cannot be read: a number is wanted, worked out, such as 2432, −2, 1/2 or 250×250.`));
      if (!empty && !blank.choices) blank.field.setAttribute("aria-invalid", "true");
      return;
    }
    blank.tries += 1;
    if (found.right) {
      if (blank.tries === 1) first += 1;
      const mine = blank.said;
      blank.close("right");
      const how = found.reading ? ` right under another convention: ${found.reading}. Here it is ${blank.shows}.` : " is right.";
      const worked = kept(`${blank.id}-worked`);
      say(line("agrees", "✓", `${place(blank)}${mine}${how}`), ...(worked ? [make("div", { class: "worked" }, worked)] : []));
      ended();
      const next = after(blank);
      if (next) next.focus();
      return;
    }
    blank.fault();
    for (const i of found.causes) led.set(data.causes[i].name, (led.get(data.causes[i].name) ?? 0) + 1);
    const causes = found.causes.map((i) => data.causes[i]).sort((a, b) => led.get(b.name) - led.get(a.name));
    const mine = blank.choices ? "That" : blank.said;
    say(line("differs", "✗", `${place(blank)}${mine} is not right.`));
    if (!causes.length) verdict.append(make("p", {}, "No wrong rule that is known here leads to it. Try again, or take a hint."));
    if (causes.length > 1 && !found.every) verdict.append(make("p", {}, "More than one wrong rule leads to it. It may be one of these:"));
    for (const cause of causes) {
      verdict.append(make("div", { class: "cause" }, make("p", {}, make("strong", {}, sentence(cause.title)), `: ${cause.says}.`), ...lesson(cause)));
    }
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
    const blank = open();
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
