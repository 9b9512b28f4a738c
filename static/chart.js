// What charts cannot do without script: zoom and pan by pointer, wheel and keys, one crosshair for all charts of a page, the nearest line
// in a tooltip, and polls that rest in a hidden tab. Everything is delegated, so charts that htmx swaps in need no set-up. The view stays
// in the URL (from, to); the server draws it again from all points.
"use strict";

(() => {
  const CHART = "svg[data-chart]";
  const START = 4; // pixels before a press becomes a drag
  const PAUSE = 220; // ms a click waits for a second one, and a wheel for more turns
  let drag = null; // {chart, start, from, at, pan, moved} while the pointer is down; from and at are shares of the plot
  let wheel = null; // {chart, a, b, timer} while the turns of a wheel are gathered
  let loading = 0, settling = false; // views on their way; whether one is there, but htmx does not listen to its fields yet
  let stepping = false, dragged = false; // stepping: through the history; dragged: the click after a drag is no click
  let opening = 0, armed = null; // timer of a click on a band; band a finger touched once
  let pointer = null, search = location.search; // search: of the view that is shown
  const charts = () => document.querySelectorAll(CHART), chartOf = (event) => event.target.closest?.(CHART);

  // ---- a chart's plot and scale ----
  const plotOf = (chart) => {
    const box = chart.getBoundingClientRect(), style = getComputedStyle(chart), left = box.left + parseFloat(style.paddingLeft);
    return { left, top: box.top + parseFloat(style.paddingTop), width: box.right - parseFloat(style.paddingRight) - left };
  };
  const shareAt = (chart, clientX) => (clientX - plotOf(chart).left) / plotOf(chart).width;
  const scaleOf = ({ dataset: d }) => {
    const [into, back] = d.xscale === "log" ? [Math.log, Math.exp] : [Number, Number];
    const lo = into(d.x0), hi = into(d.x1);
    return { value: (share) => back(lo + share * (hi - lo)), share: (value) => (into(value) - lo) / (hi - lo) };
  };
  const rounded = (value, span) => {
    const size = 10 ** Math.max(0, 3 - Math.floor(Math.log10(span)));
    return Number.isFinite(size) ? Math.round(value * size) / size : value;
  };

  // ---- the view: a window of shares becomes from and to in the URL; what it changes on the page, [data-view] says ----
  const isEmpty = (chart) => chart.querySelector(".empty");
  const zoomTo = (chart, a, b) => {
    const scale = scaleOf(chart), from = scale.value(a), to = scale.value(b), url = new URL(location.href);
    if (!(to > from) || b - a < 0.99 && [...charts()].every(isEmpty)) return; // nothing to look closer at
    for (const other of charts()) preview(other, scaleOf(other).share(from), scaleOf(other).share(to));
    for (const [name, value, whole] of [["from", from, from <= chart.dataset.full0], ["to", to, to >= chart.dataset.full1]]) {
      whole ? url.searchParams.delete(name) : url.searchParams.set(name, rounded(value, to - from));
    }
    load(url);
  };
  const panBy = (chart, share) => {
    const first = scaleOf(chart).share(chart.dataset.full0), last = scaleOf(chart).share(chart.dataset.full1);
    const by = Math.max(Math.min(first, 0), Math.min(share, Math.max(1, last) - 1));
    by ? zoomTo(chart, by, 1 + by) : preview(chart, 0, 1);
  };
  const reset = () => {
    const url = new URL(location.href);
    for (const name of ["from", "to"]) url.searchParams.delete(name);
    if (url.search !== location.search) load(url);
  };
  const load = async (url) => {
    const old = document.querySelector("[data-view]");
    await htmx.ajax("GET", url.pathname + url.search, { source: old }).catch(() => {}); // what did not arrive is noticed here:
    if (old.isConnected) location.assign(url);
  };
  const changesView = (event) => event.detail.target.id === "charts" && !isPoll(event);
  const late = []; // what fields were set to while a view is on its way: it draws over them, so they are set again when it is there
  for (const name of ["change", "submit"]) {
    document.addEventListener(name, (event) => {
      if (!(loading || settling || stepping) || !event.target.closest("[data-view-form]")) return;
      event.preventDefault(), event.stopImmediatePropagation();
      const { name: field, type, value, checked } = event.target;
      if (name === "change") late.push({ name: field, type, value, checked });
    }, true);
  }
  const setAgain = () => {
    const form = document.querySelector("[data-view-form]");
    for (const { name, type, value, checked } of late) {
      const same = (field) => field.name === name && (type !== "checkbox" || field.value === value);
      const field = [...form.elements].find(same);
      if (field) Object.assign(field, { value, checked });
    }
    if (late.splice(0).length) form.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const forget = () => { // what was typed or set belongs to the view that is left; else a field being typed in would not be drawn again,
    const field = document.activeElement; // and one that goes with its focus would say that it was changed
    document.querySelector("[data-view-form]")?.reset();
    if (field.form?.matches("[data-view-form]")) field.blur(), field.focus({ preventScroll: true });
    late.length = 0;
  };
  const step = async () => {
    if (stepping) return;
    stepping = true;
    while (location.search !== search) { // "back" may be pressed again meanwhile
      search = location.search;
      forget();
      await load(new URL(location.href));
    }
    stepping = false;
    setAgain();
  };
  addEventListener("popstate", (event) => {
    if (!document.querySelector("[data-view]")) return;
    event.stopImmediatePropagation(); // htmx would load the whole page again
    step();
  }, true);
  document.addEventListener("htmx:beforeHistoryUpdate", ({ detail: { history: update } }) => {
    const here = location.pathname + location.search;
    if (stepping) update.path = here;
    else search = new URL(update.path, location.href).search;
    if (update.path === here) update.type = "replace"; // a view that stands in the address already is no new entry
  });

  // ---- what a gesture will show, before the server has drawn it ----
  const preview = (chart, a, b) => {
    for (const curves of chart.querySelectorAll(".curves")) {
      const [, , width, height] = (curves.dataset.box ??= curves.getAttribute("viewBox")).split(" ");
      curves.setAttribute("viewBox", `${a * width} 0 ${(b - a) * width} ${height}`);
    }
  };
  const mark = (parent, name, sizes) => {
    const box = parent.querySelector(`.${name}`) ?? parent.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "rect"));
    for (const [key, value] of Object.entries({ class: name, ...sizes })) box.setAttribute(key, value);
  };

  // ---- hover: nearest line, crosshair in the other charts ----
  const clear = (name) => document.querySelectorAll(`.bands .${name}`).forEach((element) => element.classList.remove(name));
  const placeOf = (element) => parseFloat(element.getAttribute("x")) / 100;
  const bandAt = (chart, share) => {
    const bands = chart.querySelector(".bands")?.children ?? [];
    let low = 0, high = bands.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      placeOf(bands[middle].firstElementChild) <= share ? (low = middle) : (high = middle - 1);
    }
    return bands[low];
  };
  const follow = (target) => {
    const band = target?.closest?.(".b"), chart = band?.closest(CHART);
    clear("near"), clear("other");
    if (!chart) return;
    const height = pointer.y - plotOf(chart).top, dots = band.querySelector(".o").getAttribute("d").slice(4).match(/M0 \d+h0|m0 0/g);
    const away = dots.map((dot) => dot[0] === "m" ? Infinity : Math.abs(parseFloat(dot.slice(3)) - height)), least = Math.min(...away);
    const row = away.length > 1 && least < Infinity && band.querySelectorAll(".r")[away.indexOf(least)];
    row?.classList?.add("near");
    const width = chart.querySelector(".k").getAttribute("width") - 6;
    if (row) mark(row.closest("g"), "row", { x: 3, y: row.getAttribute("y") - 13, height: 18, width });
    const value = scaleOf(chart).value(placeOf(band.children[1]));
    for (const other of charts()) {
      const share = other === chart ? NaN : scaleOf(other).share(value);
      if (share >= 0 && share <= 1) bandAt(other, share)?.classList.add("other");
    }
  };

  // ---- pointer ----
  document.addEventListener("pointerdown", (event) => {
    const chart = chartOf(event);
    dragged = false;
    if (!chart || event.button || event.ctrlKey || event.metaKey || loading) return;
    drag = { chart, start: event.clientX, from: shareAt(chart, event.clientX), pan: event.shiftKey, moved: false };
  });
  document.addEventListener("pointermove", (event) => {
    pointer = { x: event.clientX, y: event.clientY };
    clear("on");
    if (drag && !event.buttons) drop(event); // the button was let go where nobody saw it
    if (!drag) return follow(event.target);
    if (!drag.moved && Math.abs(event.clientX - drag.start) < START) return;
    drag.moved = true;
    drag.at = shareAt(drag.chart, event.clientX);
    if (drag.pan) preview(drag.chart, drag.from - drag.at, 1 + drag.from - drag.at);
    const [a, b] = drag.window = [drag.from, drag.at].map((share) => Math.max(0, Math.min(1, share))).sort((x, y) => x - y);
    if (!drag.pan) mark(drag.chart, "sel", { height: "100%", x: `${a * 100}%`, width: `${(b - a) * 100}%` });
  });
  const drop = (event) => {
    const done = drag;
    drag = null;
    done?.chart.querySelector(".sel")?.remove();
    if (!done?.moved) return;
    dragged = true;
    if (event.type === "pointercancel") preview(done.chart, 0, 1);
    else if (done.pan) panBy(done.chart, done.from - done.at);
    else zoomTo(done.chart, ...done.window);
  };
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, drop);
  document.addEventListener("dragstart", (event) => chartOf(event) && event.preventDefault());
  document.addEventListener("click", (event) => {
    const band = event.target.closest?.("a.b");
    if (!band || event.ctrlKey || event.metaKey || event.shiftKey && !dragged) return;
    event.preventDefault();
    if (dragged) return;
    clear("on");
    if (event.pointerType === "touch" && armed !== band) return (armed = band).classList.add("on");
    clearTimeout(opening);
    opening = setTimeout(() => location.assign(band.getAttribute("href")), PAUSE);
  });
  document.addEventListener("dblclick", (event) => chartOf(event) && (clearTimeout(opening), reset()));
  document.addEventListener("wheel", (event) => {
    const chart = event.altKey && chartOf(event);
    if (!chart || loading) return;
    event.preventDefault();
    if (wheel?.chart !== chart) wheel = { chart, a: 0, b: 1 };
    const share = wheel.a + shareAt(chart, event.clientX) * (wheel.b - wheel.a), by = event.deltaY < 0 ? 0.8 : 1.25;
    [wheel.a, wheel.b] = [share - (share - wheel.a) * by, share + (wheel.b - share) * by];
    preview(chart, wheel.a, wheel.b);
    clearTimeout(wheel.timer), wheel.timer = setTimeout(() => (zoomTo(chart, wheel.a, wheel.b), wheel = null), PAUSE);
  }, { passive: false });

  // ---- keys, on a chart that has the focus ----
  const KEYS = { ArrowLeft: (c) => panBy(c, -0.2), ArrowRight: (c) => panBy(c, 0.2), 0: reset, "-": (c) => zoomTo(c, -0.5, 1.5) };
  KEYS["+"] = KEYS["="] = (chart) => zoomTo(chart, 0.25, 0.75);
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.(CHART) || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    event.preventDefault();
    if (!loading) KEYS[event.key](event.target);
  });

  // ---- polls: of a run the status alone asks, and the other blocks as soon as it shows another version than they do ----
  const isPoll = (event) => event.detail.requestConfig.elt.hasAttribute("data-poll"), busy = () => loading || drag || wheel;
  const seen = (block) => /[?&]seen=(\d+)/.exec(block?.getAttribute("hx-get"))?.[1];
  const upToDate = (block) => block.id !== "status" && seen(block) && seen(block) === seen(document.getElementById("status"));
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (changesView(event)) loading += 1;
    else if (isPoll(event) && (document.hidden || busy() || upToDate(event.target))) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (changesView(event)) settling = event.detail.shouldSwap;
    else if (isPoll(event) && busy()) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterRequest", (event) => changesView(event) && (loading -= 1));
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!loading) settling = false;
    if (!loading && !stepping) setAgain();
    if (event.detail.elt.id === "status") for (const block of document.querySelectorAll("[data-poll]")) htmx.trigger(block, "moved");
    const target = pointer && document.elementFromPoint(pointer.x, pointer.y);
    if (!target?.closest?.(CHART)) return;
    target.closest(".b")?.classList.add("on"); // the browser itself notices new elements under a resting pointer late
    follow(target);
  });
})();
