// Fetches the moving part of the page every few seconds. Without this script the page reloads itself instead.
(() => {
  "use strict";
  const now = document.getElementById("now"), dot = document.getElementById("dot");
  const state = document.getElementById("state"), clock = document.getElementById("clock");
  const every = Number(document.body.dataset.refresh) * 1000, address = document.body.dataset.now;
  let mark = "", failures = 0;

  const opened = () => [...now.querySelectorAll("details[open]")].map(one => one.id);
  const busy = () => now.contains(document.activeElement) && document.activeElement.matches("input, textarea, button")
    || [...now.querySelectorAll("input:not([type=hidden])")].some(one => one.value !== one.defaultValue);

  function show(html) {
    const open = opened(), scrolled = [...now.querySelectorAll(".scroll")].map(one => [one.scrollLeft, one.scrollTop]);
    now.innerHTML = html;
    open.forEach(id => { const one = document.getElementById(id); if (one) one.open = true; });
    now.querySelectorAll(".scroll").forEach((one, n) => { if (scrolled[n]) [one.scrollLeft, one.scrollTop] = scrolled[n]; });
  }

  function tell(fine) {
    dot.className = fine ? "dot on" : "dot off";
    state.title = fine ? state.dataset.live : state.dataset.offline;
    if (fine) clock.textContent = new Date().toLocaleTimeString("zh-CN", {hour12: false, timeZone: "Asia/Shanghai"});
  }

  async function look() {
    try {
      const answer = await fetch(address, {headers: mark ? {"If-None-Match": mark} : {}, cache: "no-store"});
      if (answer.status === 401) { location.assign("/login"); return; }
      if (answer.status === 200 && !busy()) {
        show(await answer.text());
        mark = answer.headers.get("ETag") || "";
      } else if (!answer.ok && answer.status !== 304) throw new Error(answer.status);
      failures = 0;
      tell(true);
    } catch {
      failures += 1;
      tell(false);
    }
    // a server that is away is asked less and less often, a page that nobody sees hardly at all
    const wait = every * Math.min(2 ** failures, 12) * (document.hidden ? 6 : 1);
    setTimeout(look, wait);
  }

  const kept = "sentiment-name";
  document.addEventListener("submit", event => {
    const by = event.target.querySelector("input[name=by]");
    if (by) try { localStorage.setItem(kept, by.value); } catch { /* private window */ }
  });
  try {
    document.querySelectorAll("#mark input[name=by]").forEach(one => { one.value = localStorage.getItem(kept) || ""; });
  } catch { /* private window */ }
  tell(true);
  setTimeout(look, every);
})();
