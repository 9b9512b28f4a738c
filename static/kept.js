// What a page keeps while htmx draws parts of it again: the focus, what is being typed, what was opened, how far it was scrolled aside, the
// lines of the log that were fetched, whose links then get the view that is shown. And the note that the board is silent.
"use strict";

(() => {
  const wayTo = (element) => { // from the nearest element with an id
    const way = [];
    for (; !element.id && element.parentElement; element = element.parentElement) way.unshift([...element.parentElement.children].indexOf(element));
    return [element.id, ...way];
  };
  const follows = ([id, ...way]) => way.reduce((element, place) => element?.children[place], document.getElementById(id));
  let kept = null; // {focus, way, opened, aside} while something is swapped
  document.addEventListener("htmx:beforeSwap", () => {
    const focus = document.activeElement, all = (selector) => [...document.querySelectorAll(selector)];
    const opened = all("details[id]").map(({ id, open }) => [id, open]);
    kept = { focus, way: wayTo(focus), opened, aside: all(".scroll-x").map((box) => [wayTo(box), box.scrollLeft]) };
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (!kept) return;
    for (const [id, open] of kept.opened) document.getElementById(id)?.toggleAttribute("open", open);
    for (const [way, left] of kept.aside) if (left) follows(way)?.scrollTo({ left });
    const focus = !kept.focus.isConnected && follows(kept.way);
    if (focus?.tagName === kept.focus.tagName) focus.focus({ preventScroll: true });
    kept = null;
  });
  document.addEventListener("htmx:afterSettle", (event) => { // it comes for each line, too
    if (event.target.id !== "term-bar") return;
    for (const link of document.querySelectorAll("#older, #newer")) {
      const view = new URLSearchParams(new FormData(document.getElementById("curves")));
      view.set("at", new URLSearchParams(link.search).get("at"));
      link.search = view;
    }
  });
  document.addEventListener("htmx:oobBeforeSwap", (event) => { // a field being typed in is not drawn again
    const field = document.activeElement;
    if (event.target.contains(field) && field.type === "number" && field.value !== field.defaultValue) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterRequest", (event) => { // a request without a status was not answered
    const note = document.getElementById("silent"), { status } = event.detail.xhr, answered = status > 0 && status < 500;
    if (note?.hidden && !answered) note.querySelector("time").textContent = new Date().toLocaleTimeString();
    note?.toggleAttribute("hidden", answered);
  });
})();
