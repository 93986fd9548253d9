"use strict";
(() => {
  /** Rows that unfold: a button in the first cell of each, and one above the table for all of them. */
  const make = (name, attributes, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  let numbers = 0;

  /** What rows unfold into, out of the list of them that is there for pages without a script. */
  const pieces = new Map([...document.querySelectorAll(".rows .kept")].map((piece) => [piece.id, piece]));
  for (const list of document.querySelectorAll("details.rows")) list.remove();
  for (const piece of pieces.values()) for (const list of piece.querySelectorAll("details.rows")) list.remove();

  /** A row, and the row under it that is made when it first unfolds. */
  class Fold {
    constructor(row) {
      this.row = row;
      this.more = null;
      const cell = row.cells[0];
      this.button = make("button", { type: "button", class: "fold", "aria-expanded": "false" }, ...cell.childNodes);
      if (!this.button.textContent.trim()) this.button.setAttribute("aria-label", row.dataset.name);
      cell.append(this.button);
      row.classList.add("folds");
    }

    get open() {
      return this.more !== null && !this.more.hidden;
    }

    set(open) {
      if (open && !this.more) this.unfold();
      if (this.more) this.more.hidden = !open;
      this.button.setAttribute("aria-expanded", String(open));
    }

    unfold() {
      const found = make("div", { class: "pieces" });
      for (const name of this.row.dataset.pieces.split(" ")) found.append(...pieces.get(name).cloneNode(true).childNodes);
      const cell = make("td", { colspan: this.row.cells.length }, found);
      this.more = make("tr", { class: "more", id: `unfolded${++numbers}` }, cell);
      this.button.setAttribute("aria-controls", this.more.id);
      this.row.after(this.more);
      for (const table of found.querySelectorAll("table.unfolds")) enhance(table);
    }
  }

  /** A table that fits goes on down the page, its header at the top of it; a wider one scrolls in its own box. */
  const fit = () => {
    for (const box of document.querySelectorAll(".box")) {
      box.classList.remove("fits");
      const fits = box.scrollWidth <= box.clientWidth + 1;
      box.classList.toggle("fits", fits);
      box.classList.toggle("scrolls", !fits);
      if (fits) box.removeAttribute("tabindex");
      else box.tabIndex = 0;
    }
  };
  const enhance = (table) => {
    const rows = [...table.querySelectorAll(":scope > tbody > tr[data-pieces]")].map((row) => new Fold(row));
    const all = make("button", { type: "button", class: "all" });
    const opened = () => rows.every((fold) => fold.open);
    const tell = () => {
      all.textContent = opened() ? "Fold all rows" : "Unfold all rows";
    };
    for (const fold of rows) {
      fold.row.addEventListener("click", (event) => {
        if (!event.target.closest("button") && !getSelection().isCollapsed) return;
        fold.set(!fold.open);
        tell();
        fit();
      });
    }
    all.addEventListener("click", () => {
      const open = !opened();
      for (const fold of rows) fold.set(open);
      tell();
      fit();
    });
    tell();
    table.closest(".box").before(make("p", { class: "unfolding" }, all));
    let folded = [];
    addEventListener("beforeprint", () => {
      folded = rows.filter((fold) => !fold.open);
      for (const fold of folded) fold.set(true);
    });
    addEventListener("afterprint", () => {
      for (const fold of folded) fold.set(false);
    });
  };

  for (const table of document.querySelectorAll("table.unfolds")) enhance(table);
  fit();
  addEventListener("resize", fit);
})();
