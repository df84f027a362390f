// What only the browser can do: keys, menus, charts' colours, uploads, the connection banner.
(() => {
  const uploads = new Map();

  // --- keys -----------------------------------------------------------------------------------
  let shortcuts = [];

  const combination = (e) => {
    const key = e.code.startsWith("Digit") && e.altKey ? e.code.slice(5) : e.key.toLowerCase();
    return [
      e.ctrlKey || e.metaKey ? "ctrl" : "",
      e.altKey ? "alt" : "",
      e.shiftKey && key.length > 1 ? "shift" : e.shiftKey && /[a-z0-9]/.test(key) ? "shift" : "",
      key,
    ].filter(Boolean).join("+");
  };

  const isTyping = (target) =>
    target.isContentEditable || target.matches?.("input:not([type=checkbox]):not([type=radio]), textarea, select");

  const step = (items, key, keys) => {
    const at = items.indexOf(document.activeElement), n = items.length;
    const to = { [keys[0]]: (at + 1) % n, [keys[1]]: (at - 1 + n) % n, Home: 0, End: n - 1 }[key];
    return n && to !== undefined ? items[to] : undefined;
  };

  const inMenus = (e) => {
    const menu = e.target.closest?.("[role=menu]");
    if (menu) {
      const opener = document.querySelector("[role=menubar] > [aria-expanded=true]");
      if (e.key === "Escape" && opener) {
        opener.click();
        setTimeout(() => opener.focus(), 60);
        return true;
      }
      const items = [...menu.querySelectorAll("[role=menuitem]:not([aria-disabled=true])")];
      const to = step(items, e.key, ["ArrowDown", "ArrowUp"]);
      if (to) { to.focus(); return true; }
      if (e.key === "ArrowRight" || e.key === "ArrowLeft") {
        const tops = [...document.querySelectorAll("[role=menubar] > [role=menuitem]")];
        const open = tops.findIndex((top) => top.getAttribute("aria-expanded") === "true");
        if (open < 0) return false;
        const next = tops[(open + (e.key === "ArrowRight" ? 1 : -1) + tops.length) % tops.length];
        tops[open].click();
        next.focus();
        next.click();
        return true;
      }
      return false;
    }
    const bar = e.target.closest?.("[role=menubar]");
    if (bar) {
      if (e.key === "ArrowDown" && e.target.getAttribute("aria-expanded") === "false") {
        e.target.click();
        return true;
      }
      const to = step([...bar.querySelectorAll(":scope > [role=menuitem]")], e.key, ["ArrowRight", "ArrowLeft"]);
      if (to) { to.focus(); return true; }
    }
    const group = e.target.closest?.("[role=radiogroup]");
    if (group) {
      const radios = [...group.querySelectorAll("[role=radio]")];
      const to = step(radios, e.key, ["ArrowDown", "ArrowUp"]) ?? step(radios, e.key, ["ArrowRight", "ArrowLeft"]);
      if (to) { to.focus(); to.click(); return true; }
    }
    return false;
  };

  document.addEventListener("keydown", (e) => {
    if (inMenus(e)) { e.preventDefault(); return; }
    const pressed = combination(e);
    const found = shortcuts.find((s) => s.keys === pressed);
    if (!found) return;
    // Inside a text the browser's own undo and single letters belong to the text.
    if (isTyping(e.target) && (!found.typing || !/ctrl|alt|^f\d/.test(pressed))) return;
    e.preventDefault();
    e.stopPropagation();
    emitEvent("command", found.id);
  }, true);

  // A menu that was opened gives the keyboard its first entry.
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) {
      if (node.nodeType !== 1 || !node.matches?.(".q-menu.ls-menu")) continue;
      requestAnimationFrame(() => node.querySelector("[role=menuitem]:not([aria-disabled=true])")?.focus());
    }
  }).observe(document.documentElement, { childList: true, subtree: true });

  // --- charts ---------------------------------------------------------------------------------
  const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
  const charts = new Set();

  const paint = (id) => {
    const chart = getElement(id)?.chart;
    if (!chart) return false;
    const text = colour("--muted"), line = colour("--line");
    const axis = {
      axisLabel: { color: text, fontSize: 11 }, nameTextStyle: { color: text, fontSize: 11 },
      axisLine: { lineStyle: { color: line } }, axisTick: { lineStyle: { color: line } },
      splitLine: { lineStyle: { color: line, opacity: 0.6 } },
    };
    chart.setOption({
      color: ["--chart-1", "--chart-2", "--chart-3", "--chart-4"].map(colour),
      backgroundColor: "transparent",
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      legend: { textStyle: { color: text, fontSize: 11 } },
      tooltip: { backgroundColor: colour("--raised"), borderColor: line, textStyle: { color: colour("--text"), fontSize: 12 } },
      xAxis: { ...axis, splitLine: { show: false } }, yAxis: axis,
    });
    return true;
  };

  const dressChart = (id, patience = 100) => {
    charts.add(id);
    if (!paint(id) && patience > 0) setTimeout(() => dressChart(id, patience - 1), 50);
  };

  const repaint = () => charts.forEach((id) => getElement(id) ? paint(id) : charts.delete(id));

  const appendPoints = (id, index, start, points) => {
    const element = getElement(id), chart = element?.chart;
    if (!chart) return;
    const series = chart.getOption().series.map((one) => ({ data: one.data ?? [] }));
    if (series[index].data.length !== start) { element.$emit("gap"); return; }
    series[index].data.push(...points);
    chart.setOption({ series }, { lazyUpdate: true });
  };

  // --- panes ----------------------------------------------------------------------------------
  const bar = (id) => getHtmlElement(id)?.querySelector(":scope > .q-splitter__separator");

  const splitter = (facts, patience = 40) => {
    const border = bar(facts.id);
    if (!border) { if (patience) setTimeout(() => splitter(facts, patience - 1), 50); return; }
    const [less, more] = facts.horizontal ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
    const attributes = {
      role: "separator", tabindex: 0, "aria-label": facts.label,
      "aria-orientation": facts.horizontal ? "horizontal" : "vertical",
      "aria-valuemin": facts.low, "aria-valuemax": facts.high, "aria-valuenow": facts.now,
    };
    for (const [name, value] of Object.entries(attributes)) border.setAttribute(name, value);
    border.addEventListener("keydown", (e) => {
      const by = { [less]: -5, [more]: 5 }[e.key];
      if (by) { e.preventDefault(); getElement(facts.id).$emit("nudge", by); }
    });
  };

  const splitterNow = ({ id, now }) => bar(id)?.setAttribute("aria-valuenow", now);

  // --- uploads --------------------------------------------------------------------------------
  const tell = (id, event, detail) =>
    getHtmlElement(id)?.dispatchEvent(new CustomEvent(event, { detail }));

  // Files go one after the other; each names how many are still waiting behind it.
  const send = (id, file, others = []) => {
    const request = new XMLHttpRequest(), began = Date.now();
    let told = 0;
    uploads.set(id, request);
    tell(id, "uploading", { name: file.name, percent: 0, left: null });
    request.upload.onprogress = (e) => {
      if (Date.now() - told < 200) return;
      told = Date.now();
      const share = e.total ? e.loaded / e.total : 0;
      tell(id, "uploading", {
        name: file.name, percent: 100 * share,
        left: share > 0 ? ((told - began) / 1000) * (1 - share) / share : null,
      });
    };
    request.onload = () => {
      uploads.delete(id);
      if (request.status === 200) tell(id, "uploaded", { ...JSON.parse(request.responseText), waiting: others.length });
      else tell(id, "uploadfailed", request.responseText || `The studio answered ${request.status}.`);
      if (others.length) send(id, others[0], others.slice(1));
    };
    request.onerror = () => {
      uploads.delete(id);
      tell(id, "uploadfailed", "The connection to the studio was lost. Choose the file again.");
    };
    request.onabort = () => { uploads.delete(id); tell(id, "uploadfailed", ""); };
    const to = getHtmlElement(id)?.dataset.url ?? "/ui-data/uploads";
    const mark = to.includes("?") ? "&" : "?";
    request.open("PUT", `${window.path_prefix || ""}${to}${mark}filename=${encodeURIComponent(file.name)}`);
    request.send(file);
  };

  const upload = (id, input) => {
    const chosen = getHtmlElement(input);
    take(id, chosen, [...(chosen?.files ?? [])]);
    if (chosen) chosen.value = "";
  };

  const drag = (e, id, input) => {
    e.preventDefault();
    getHtmlElement(id)?.classList.toggle("ls-dragging", e.type === "dragover");
    if (e.type === "drop") take(id, getHtmlElement(input), [...e.dataTransfer.files]);
  };

  const take = (id, input, files) => {
    const wanted = input?.multiple ? files : files.slice(0, 1);
    if (wanted.length) send(id, wanted[0], wanted.slice(1));
  };

  // --- texts ----------------------------------------------------------------------------------
  const insertText = (id, text) => {
    const field = document.getElementById(id);
    if (!field) return;
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  };

  // --- connection -----------------------------------------------------------------------------
  const watchConnection = (patience = 200) => {
    if (!window.socket) { if (patience) setTimeout(() => watchConnection(patience - 1), 50); return; }
    const banner = (shown) => document.body.classList.toggle("ls-offline", shown);
    window.socket.on("disconnect", () => banner(true));
    window.socket.on("connect", () => banner(false));
  };

  const watchTheme = () => {
    new MutationObserver(repaint).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  };

  // --- clipboard ------------------------------------------------------------------------------
  // Browsers lend the clipboard to secure pages only; another machine in the office has none.
  const copy = async (text) => {
    try { await navigator.clipboard.writeText(text); return; } catch { /* the old way below */ }
    const back = document.activeElement, area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    (back?.closest("[role=dialog]") ?? document.body).append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    back?.focus();
  };

  window.ladder = {
    keys: (table) => {
      shortcuts = table;
      document.documentElement.dataset.keys = "ready"; // for whoever drives the page by program
    },
    focus: (id) => requestAnimationFrame(() => {
      const element = getHtmlElement(id);
      element?.setAttribute("tabindex", "-1");
      element?.focus({ preventScroll: true });
    }),
    reveal: (id) => requestAnimationFrame(() => getHtmlElement(id)?.scrollIntoView({ block: "nearest" })),
    // On a narrow window the navigation covers the page that was just chosen.
    closeDrawer: (id) => {
      const drawer = getElement(id)?.$refs?.qRef ?? getElement(id);
      if (window.innerWidth < 900) drawer?.hide?.();
    },
    top: (id) => getHtmlElement(id)?.scrollTo(0, 0),
    copy, dressChart, appendPoints, splitter, splitterNow, upload, drag, insertText,
    cancelUpload: (id) => uploads.get(id)?.abort(),
  };

  document.addEventListener("DOMContentLoaded", () => { watchConnection(); watchTheme(); });
})();
