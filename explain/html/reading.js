"use strict";
/** What a learner types, read: its spellings, and what a calculation in it comes to. */
const reading = (() => {
  /* What is typed in its one spelling: the same as in calc/quizzes/blanks.py. */
  const SIGNS = new Map();
  for (const [signs, meant] of [["−–—‒﹣", "-"], ["×✕✖·∙⋅•*", "x"], ["÷⁄∕", "/"], ["[{", "("], ["]}", ")"], ["~", "≈"], ["→⇒", "="]]) {
    for (const sign of signs) SIGNS.set(sign, meant);
  }
  const GONE = new Set("'’‘`_$“”\"");
  const WORDS = "parameters|parameter|params|param|weights|weight|cells|cell|pixels|pixel|px|macs|mac|flops|features|feature|values|value|zeros|zero|oneachside|perside";
  const UNITS = new RegExp(`([0-9)])(?:${WORDS})$`);
  const narrow = (text) => text.replace(/[０-９（）［］，．／＋－＝＊：；]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0));
  const SPELLED = new Map();
  for (const [signs, meant] of [["\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000$\ufeff✓✔!", " "], ["−–‐‑‒﹣", "-"], ["✕✖⨯╳", "×"], ["∗∙•⋅", "*"], ["÷∕", "/"], ["~", "≈"], ["∴⟹", "⇒"], ["⟶", "→"], ["“”", "\""]]) {
    for (const sign of signs) SPELLED.set(sign, meant);
  }
  const LATEX = [
    [/\\[dtc]?frac\s*([0-9])\s*([0-9])/g, "\\frac{$1}{$2}"],
    [/\\[dtc]frac(?![A-Za-z])/g, "\\frac"],
    [/\\(?:left|right|displaystyle|quad|qquad|limits|,|;|!|:)(?![A-Za-z])/g, ""],
    [/\\(?:text|mathrm|mathbf|textbf|boxed|operatorname|mbox)\s*\{([^{}]{0,200})\}/g, " $1 "],
    [/\\times(?![A-Za-z])/g, "×"],
    [/\\(?:cdot|ast)(?![A-Za-z])/g, "*"],
    [/\\div(?![A-Za-z])/g, "/"],
    [/\\lfloor(?![A-Za-z])/g, "⌊"],
    [/\\rfloor(?![A-Za-z])/g, "⌋"],
    [/\\lceil(?![A-Za-z])/g, "⌈"],
    [/\\rceil(?![A-Za-z])/g, "⌉"],
    [/\\(?:approx|simeq)(?![A-Za-z])/g, "≈"],
    [/\\(?:Rightarrow|implies|Longrightarrow|therefore)(?![A-Za-z])/g, "⇒"],
    [/\\(?:to|rightarrow|longrightarrow)(?![A-Za-z])/g, "→"],
    [/\\[()[\]]/g, " "],
    [/\{,\}/g, ","],
  ];
  const VULGAR = new Map(Object.entries({ "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅖": "2/5", "⅗": "3/5", "⅘": "4/5", "⅙": "1/6", "⅚": "5/6", "⅐": "1/7", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8", "⅑": "1/9", "⅒": "1/10" }));
  const ONE_SIGN = new RegExp(`(?:(?<![0-9.,])([0-9]{1,9}) ?)?([${[...VULGAR.keys()].join("")}])`, "g");
  const FRAC = /(?:(?<![0-9.,^_])([0-9]{1,9}) ?)?\\frac ?\{ ?(-?[0-9]{1,9}) ?\} ?\{ ?([0-9]{1,9}) ?\}/g;
  const MIXED = /(?<![0-9.,/^])([0-9]{1,9}) +([0-9]{1,9}) ?\/ ?([0-9]{1,9})(?![0-9]|[.,][0-9]|\s*[/^(])/g;
  const APART = /(?<![0-9.,])([0-9]{1,3})(?:(?:['’][0-9]{3})+|(?:\.[0-9]{3}){2,})(?![0-9.,]*[0-9])/g;
  /** A fraction with what stands whole before it, in brackets where it would fall apart. */
  const proper = (found, whole, top, bottom, at, all) => {
    if (whole && !(Number(top) >= 0 && Number(top) < Number(bottom))) return found;
    const said = whole ? `${BigInt(whole) * BigInt(bottom) + BigInt(top)}/${BigInt(bottom)}` : `${top}/${bottom}`;
    const [before, after] = [all.slice(0, at), all.slice(at + found.length)];
    const apart = /[/÷^\p{L}\p{N}_).]$/u.test(before) || /[/÷^]\s+$/.test(before) || /^(?:[²³(0-9]|\s*\^)/.test(after);
    return apart ? `(${said})` : said;
  };
  /** A reply with one sign for each meaning, without LaTeX: the same as in calc/marking/spelling.py. */
  const plain = (text) => {
    let said = "";
    for (const sign of narrow(text)) said += SPELLED.get(sign) ?? sign;
    if (/[\\{]/.test(said)) for (const [pattern, put] of LATEX) said = said.replace(pattern, put);
    said = said.replace(ONE_SIGN, (found, whole, sign, at, all) => proper(found, whole, ...VULGAR.get(sign).split("/"), at, all));
    said = said.replace(FRAC, proper).replace(/ {3,}/g, "  ").replace(/([0-9]\.[0-9]+)(?:\.{2,}|…)/g, "$1");
    said = said.replace(/\b(?:math|np|numpy|torch)\.(?=floor|ceil)/g, "");
    return said.replace(APART, (found) => found.replace(/['’.]/g, ""));
  };
  /** Mixed numbers with a space in them as fractions. */
  const unmixed = (text) => text.replace(MIXED, (found, whole, top, bottom, at, all) => {
    const apart = (whole.length < 4 && top.length === 3) || /[0-9./^] $/.test(all.slice(0, at));
    return apart ? found : proper(found, whole, top, bottom, at, all);
  });
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
  const FULL = 6;
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
      this.long = this.tokens.some((token) => (/\.([0-9]+)/.exec(token)?.[1].length ?? 0) > FULL);
      this.places = /\.([0-9]+)$/.exec(text.trim())?.[1].length ?? 0;
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
    let said = unmixed(plain(text)).toLowerCase().replaceAll("—", "-").replaceAll("·", "*").replaceAll("⁄", "/");
    said = said.replace(/\\frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}/g, "(($1)/($2))");
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
    const found = /^([0-9]{1,12})(?:\.([0-9]{1,6}))?(?:\s?(k|m|g|b|thousand|million|billion)|(?:e\+?|\s?\*\s?10\^)([0-9]{1,2}))$/.exec(side);
    if (!found) return null;
    const [unit, rest] = [found[3] ? LARGE[found[3]] : 10n ** BigInt(found[4]), found[2] ?? ""];
    const digits = (found[1] + rest).replace(/^0+/, "").length;
    return { value: over(BigInt(found[1] + rest) * unit, 10n ** BigInt(rest.length)), half: digits > 1 ? [unit, 2n * 10n ** BigInt(rest.length)] : null };
  };
  /** What a reply comes to, in each way it can be meant; the last side that is a number by itself is its value. */
  const calculated = (text, sized) => {
    if (text.length > LONGEST || (sized && (byAxis(text) || manyNamed(text)))) return [];
    const found = sides(text, sized).map((side) => meant(side).map((way) => short(way) ?? calculation(way)).filter((each) => each !== null));
    const last = found.findLast((ways) => ways.some((way) => way.plain || way.half !== undefined)) ?? found.at(-1);
    const others = /[≈~]/.test(text) ? [] : found.filter((ways) => ways !== last && ways.length).map((ways) => ways.map((way) => fraction(way.value)));
    return last.map((way) => ({ value: way.value, plain: way.plain ?? false, places: way.places ?? 0, long: way.long ?? false, half: way.half, spelled: fraction(way.value), others }));
  };

  /* Sizes whose axes are named, in their order: height 55, width 79; 79 wide and 55 high; W × H = 79 × 55. */
  const AXES = [["batch size", "batch_size", "batch", "n", "b"], ["channels", "channel", "maps", "filters", "c_out", "c"], ["depth", "d_out", "out_d", "deep", "d"], ["height", "h_out", "out_h", "high", "tall", "rows", "row", "h"], ["width", "w_out", "out_w", "wide", "columns", "column", "cols", "w"]];
  const AXIS = AXES.flat().sort((a, b) => b.length - a.length).join("|");
  const NAMED = new RegExp(`(?:the\\s+)?(?<name>${AXIS})(?![a-z_])\\s*(?:[:=]|is|of)?\\s*(?<number>[0-9]+)(?![0-9.,]*[0-9])`, "y");
  const NUMBERED = new RegExp(`(?<number>[0-9]+)\\s*(?:px|pixels|cells)?\\s*(?:in\\s+)?\\(?\\s*(?<name>${AXIS})(?![a-z_])\\s*\\)?`, "y");
  const BETWEEN = /\s*(?:[,;×x]|and\b|by\b)?\s*/y;
  const HEADED = new RegExp(`^\\(?\\s*((?:${AXIS})(?:\\s*(?:[x×,*]|by)\\s*(?:${AXIS}))+)\\s*\\)?\\s*(?:[:=]|is)\\s*[([]?\\s*([0-9]+(?:\\s*(?:[x×,*]|by)\\s*[0-9]+)+)\\s*[)\\]]?$`);
  const axesOf = (text, form) => {
    const found = [];
    for (let at = 0; at < text.length; at = BETWEEN.lastIndex) {
      form.lastIndex = at;
      const part = form.exec(text);
      if (!part) return [];
      found.push([part.groups.name, part.groups.number]);
      BETWEEN.lastIndex = form.lastIndex;
      BETWEEN.exec(text);
    }
    return found;
  };
  const byAxis = (text) => {
    const bare = plain(text).toLowerCase().trim().replace(/^[([{]\s*(?=[a-z"])|[)\]}.]+$/g, "").replaceAll('"', "");
    const headed = HEADED.exec(plain(text).toLowerCase().trim());
    const numbers = headed ? headed[2].match(/[0-9]+/g) : [];
    const found = headed ? headed[1].split(/\s*(?:[x×,*]|by)\s*/).map((name, i) => [name, numbers[i]]) : [axesOf(bare, NAMED), axesOf(bare, NUMBERED)].find((each) => each.length > 1) ?? [];
    const placed = found.map(([name, number]) => [AXES.findIndex((names) => names.includes(name)), number]);
    const whole = placed.length > 1 && placed.every(([, number]) => number !== undefined) && new Set(placed.map(([axis]) => axis)).size === placed.length;
    return whole ? placed.filter(([axis]) => axis > 0).sort(([a], [b]) => a - b).map(([, number]) => number).join("x") : "";
  };
  /** Whether a reply says several things by name, of which each is a number of its own. */
  const manyNamed = (text) => /[a-z]\w*\s*[:=][^:=]*(?:[,;]\s*|[0-9]\s+)[a-z]\w*\s*[:=]/i.test(text);

  /* The spellings that one writing may have: points that part thousands, a size in brackets, one with its batch. */
  const spellings = (text, sized) => {
    const spelled = unmixed(plain(text)).trim();
    const named = sized ? byAxis(text) : "";
    if (named) return lookedUp(named);
    if (sized && manyNamed(spelled)) return [];
    if (!sized && /[0-9]\s+[0-9]{1,2}\s*\//.test(spelled)) return [];
    const bare = spelled.replace(/^torch\.size\s*\((.*)\)$/i, "$1").replace(/,\s*(?=[)\]]$)/, "").replaceAll("@", "x");
    const forms = [bare];
    if (sized) forms.push(bare.replace(/([0-9]+)(?:²|\^2(?![0-9]))/g, "$1x$1").replace(/([0-9]+)(?:³|\^3(?![0-9]))/g, "$1x$1x$1"));
    if (/^-?[0-9]{1,3}(?:\.[0-9]{3})+$/.test(bare)) forms.push(bare.replaceAll(".", ""));
    if (/^[([]?\s*(?:none|n|b|batch|\?|-1|[0-9]+)(?:[\s,;]+(?:c(?=[\s,;])|[0-9]+))+\s*[)\]]?$/i.test(bare)) {
      forms.push(bare.replace(/[()[\]]/g, " ").trim().split(/[\s,;]+/).join("x"));
    }
    const found = forms.flatMap(lookedUp);
    if (sized) found.push(...found.flatMap((each) => (/^(?:none|n|b|batch|\?|-1|1)x[^x]+x/.test(each) ? lookedUp(each.replace(/^[^x]*x/, "")) : [])));
    return [...new Set(found)];
  };

  return { plain, unmixed, byAxis, normal, lookedUp, spellings, calculated, calculation, fraction, over, size, FULL };
})();
