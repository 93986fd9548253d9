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

  /* What is typed in its one spelling: the same as in calc/quizzes/blanks.py. */
  const SIGNS = new Map();
  for (const [signs, meant] of [["−–—‒﹣", "-"], ["×✕✖·∙⋅•*", "x"], ["÷⁄∕", "/"], ["[{", "("], ["]}", ")"], ["~", "≈"], ["→⇒", "="]]) {
    for (const sign of signs) SIGNS.set(sign, meant);
  }
  const GONE = new Set("'’‘`_$“”\"");
  const WORDS = "parameters|parameter|params|param|weights|weight|cells|cell|pixels|pixel|px|macs|mac|flops|features|feature|values|value|zeros|zero|oneachside|perside";
  const UNITS = new RegExp(`([0-9)])(?:${WORDS})$`);
  const narrow = (text) => text.replace(/[０-９（）［］，．／＋－＝＊：；]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0));
  const common = (a, b) => {
    while (b) [a, b] = [b, a % b];
    return a;
  };
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
    for (const sign of narrow(text).toLowerCase()) if (!GONE.has(sign)) said += SIGNS.get(sign) ?? sign;
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

  /* What a calculation that is typed comes to, exactly, as a top over a bottom; of the question nothing is worked out. */
  const LONGEST = 200;
  const MOST = 10n ** 1000n;
  const TOKEN = /\s*((?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]{1,3}(?![0-9a-z.]))?|\*\*|\/\/|floor\(|ceil\(|[-+*/^()])\s*/y;
  const size = (n) => (n < 0n ? -n : n);
  const over = (top, bottom) => {
    if (!bottom || size(top) > MOST || size(bottom) > MOST) throw new RangeError("no number that is worked with");
    const by = common(size(top), size(bottom)) * (bottom < 0n ? -1n : 1n);
    return [top / by, bottom / by];
  };
  const floor = ([top, bottom]) => [(top - (((top % bottom) + bottom) % bottom)) / bottom, 1n];
  const opposite = ([top, bottom]) => [-top, bottom];
  const decimal = (text) => {
    const [digits, exponent = "0"] = text.split("e");
    const [whole, rest = ""] = digits.split(".");
    const by = 10n ** BigInt(rest.length);
    return times(over(BigInt(whole + rest), by), power([10n, 1n], [BigInt(exponent.replace("+", "")), 1n]));
  };
  const times = ([a, b], [c, d]) => over(a * c, b * d);
  const power = ([top, bottom], [exponent, part]) => {
    const by = size(exponent);
    if (part !== 1n || by > 999n || BigInt(Math.max(`${size(top)}`.length, `${bottom}`.length)) * by > 2000n) throw new RangeError("no power that is worked out");
    return exponent < 0n ? over(bottom ** by, top ** by) : over(top ** by, bottom ** by);
  };
  class Calculation {
    /** A sum of products of powers, read from the left. */
    constructor(text) {
      this.tokens = [];
      TOKEN.lastIndex = 0;
      while (TOKEN.lastIndex < text.length) {
        const found = TOKEN.exec(text);
        if (!found) throw new SyntaxError("no calculation");
        this.tokens.push(found[1]);
      }
      this.at = 0;
      this.plain = /^-?\s*[0-9.e]+(?:\/-?[0-9.e]+)?$/.test(text.trim());
      this.value = this.sum();
      if (this.at < this.tokens.length) throw new SyntaxError("no calculation");
    }

    takes(...tokens) {
      return tokens.includes(this.tokens[this.at]) ? this.tokens[this.at++] : "";
    }

    sum() {
      let value = this.product();
      for (let sign; (sign = this.takes("+", "-")); ) {
        const [[a, b], [c, d]] = [value, this.product()];
        value = over(sign === "+" ? a * d + c * b : a * d - c * b, b * d);
      }
      return value;
    }

    product() {
      let value = this.signed();
      for (let sign; (sign = this.takes("*", "/", "//")); ) {
        const [top, bottom] = this.signed();
        value = sign === "*" ? times(value, [top, bottom]) : over(value[0] * bottom, value[1] * top);
        if (sign === "//") value = floor(value);
      }
      return value;
    }

    signed() {
      if (this.takes("-")) return opposite(this.signed());
      const value = this.atom();
      return this.takes("^", "**") ? power(value, this.signed()) : value;
    }

    atom() {
      const opening = this.takes("(", "floor(", "ceil(");
      if (!opening) {
        const token = this.tokens[this.at++] ?? "";
        if (!/^[.0-9]/.test(token)) throw new SyntaxError("no number");
        return decimal(token);
      }
      const value = this.sum();
      if (!this.takes(")")) throw new SyntaxError("a bracket is open");
      return opening === "(" ? value : opening === "floor(" ? floor(value) : opposite(floor(opposite(value)));
    }
  }
  const calculation = (text) => {
    try {
      return new Calculation(text);
    } catch {
      return null;
    }
  };
  const fraction = ([top, bottom]) => (bottom === 1n ? `${top}` : `${top}/${bottom}`);

  /* One sign for each meaning; what stands between equals signs apart, and x a product where no size may be meant. */
  const HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const sides = (text, sized) => {
    let said = narrow(text).toLowerCase().replace(/[−–—‒﹣]/g, "-").replace(/[·∙⋅•∗]/g, "*").replace(/[÷⁄∕]/g, "/").replaceAll("~", "≈");
    said = said.replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]+/g, (high) => `^${[...high].map((digit) => HIGH.indexOf(digit)).join("")}`);
    said = said.replace(/⌊/g, "floor(").replace(/⌈/g, "ceil(").replace(/[⌋⌉\]}]/g, ")").replace(/[[{]/g, "(");
    return said.split(/⇒|→|≈|==|=>|->|=/).map((side) => {
      const bare = side.trim().replace(/[.;,!]+$/, "").replace(new RegExp(`([0-9)])\\s*(?:${WORDS})$`), "$1");
      const whole = !sized || !/^[0-9]+(\s*[×✕✖x]\s*[0-9]+)+$/.test(bare);
      const signed = whole ? bare.replace(/[×✕✖]|(?<=[0-9)]\s*)x(?=\s*[0-9(])/g, "*") : bare;
      return signed.replace(/([0-9]) (?=[0-9]{3}(?![0-9]))/g, "$1").replace(/([0-9])(?=\(|floor|ceil)/g, "$1*").replace(/['’]/g, "");
    });
  };
  /** The ways in which commas, points and colons between digits can be meant, the likeliest first. */
  const meant = (side) => {
    const joined = side.replace(/(?<![0-9.,])[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9]|,[0-9])/g, (found) => found.replaceAll(",", ""));
    return [...new Set([
      joined,
      side.replace(/(?<![0-9.,])([0-9]+),([0-9]+)(?![0-9.,])/g, "$1.$2"),
      joined.replace(/(?<![0-9.,])[1-9][0-9]{0,2}\.[0-9]{3}(?![0-9.,])/g, (found) => found.replace(".", "")),
      joined.replace(/(?<=[0-9)])\s?:\s?(?=[0-9(])/g, "/"),
    ])];
  };
  const LARGE = { k: 10n ** 3n, thousand: 10n ** 3n, m: 10n ** 6n, million: 10n ** 6n, g: 10n ** 9n, b: 10n ** 9n, billion: 10n ** 9n };
  const short = (side) => {
    const found = /^([0-9]{1,12})(?:\.([0-9]{1,6}))?\s?(k|m|g|b|thousand|million|billion)$/.exec(side);
    if (!found) return null;
    const [unit, rest] = [LARGE[found[3]], found[2] ?? ""];
    const digits = (found[1] + rest).replace(/^0+/, "").length;
    return { value: over(BigInt(found[1] + rest) * unit, 10n ** BigInt(rest.length)), half: digits > 1 ? [unit, 2n * 10n ** BigInt(rest.length)] : null };
  };
  /** What a reply comes to, in each way it can be meant; the last side that is a number by itself is its value. */
  const calculated = (text, sized) => {
    if (text.length > LONGEST) return [];
    const found = sides(text, sized).map((side) => meant(side).map((way) => short(way) ?? calculation(way)).filter((each) => each !== null));
    const last = found.findLast((ways) => ways.some((way) => way.plain || way.half !== undefined)) ?? found.at(-1);
    const others = /[≈~]/.test(text) ? [] : found.filter((ways) => ways !== last && ways.length).map((ways) => ways.map((way) => fraction(way.value)));
    return last.map((way) => ({ ...way, spelled: fraction(way.value), others }));
  };

  const minus = (text) => text.replace(/-(?=[\s(]*[.0-9(])/g, "−");
  const READABLE = /^-?[0-9]+(?:\.[0-9]+|\/0*[1-9][0-9]*)?(?:x-?[0-9]+(?:[./][0-9]+)?)*$/;

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
      const { sized } = this;
      const spelled = spellings(this.field.value, sized);
      const worked = calculated(this.field.value, sized);
      const comes = worked.find((way) => !way.plain) ?? null;
      for (const text of spelled) if (this.takes(text)) return { right: true, other: this.other(worked.find((way) => way.spelled === text)) };
      for (const way of worked) {
        if (this.takes(way.spelled)) return { right: true, comes: way.plain ? "" : way.spelled, other: this.other(way) };
        if (this.rounded && way.half && this.near(way)) return { right: true, near: true };
      }
      const values = worked.map((way) => way.spelled);
      for (const text of sized ? [...spelled, ...values] : [...values, ...spelled]) {
        const said = comes && values.includes(text) ? text : "";
        if (this.readings && Object.hasOwn(this.readings, text)) return { right: true, reading: this.readings[text] };
        if (Object.hasOwn(this.wrong, text)) return { right: false, causes: this.wrong[text], comes: said };
      }
      if (comes && !(sized && READABLE.test(spelled[0]))) return { right: false, causes: [], comes: comes.spelled };
      return READABLE.test(spelled[0]) && (sized || !spelled[0].includes("x")) ? { right: false, causes: [] } : null;
    }

    takes(text) {
      if (this.right.includes(text)) return true;
      const within = ([first, last]) => BigInt(text) >= first && (last === null || BigInt(text) <= last);
      return Boolean(this.between && /^[0-9]+$/.test(text) && this.between.some(within));
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
      say(line("careful", "!", blank.choices ? "Nothing is chosen yet." : empty ? `${place(blank)}nothing is filled in yet.` : `${place(blank)}“${blank.said}” cannot be read: a number, a size or a calculation is wanted, such as −2, 1/2, 75·32 + 32 or 250×250.`));
      if (!empty && !blank.choices) blank.field.setAttribute("aria-invalid", "true");
      return;
    }
    blank.tries += 1;
    if (found.right) {
      if (blank.tries === 1) first += 1;
      const mine = blank.said;
      blank.close("right");
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
    blank.fault();
    for (const i of found.causes) led.set(data.causes[i].name, (led.get(data.causes[i].name) ?? 0) + 1);
    const causes = found.causes.map((i) => data.causes[i]).sort((a, b) => led.get(b.name) - led.get(a.name));
    const mine = blank.choices ? "That" : blank.said;
    say(line("differs", "✗", `${place(blank)}${mine}${found.comes ? ` comes to ${minus(found.comes)}, which` : ""} is not right.`));
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
