"use strict";
// An enhancement: without it every link still leads to its evidence further down the page.
(() => {
  const byId = (id) => document.getElementById(id);
  const dialog = byId("behind");
  const body = byId("behind-body");

  const copy = (node) => {
    const twin = node.cloneNode(true);
    twin.removeAttribute("id");
    return twin;
  };
  const show = (target) => {
    body.replaceChildren();
    const twin = copy(target);
    const rule = target.parentElement.querySelector(":scope > summary > .rule");
    if (rule) {
      const words = document.createElement("p");
      words.className = "claim-rule";
      words.textContent = rule.textContent;
      body.append(words);
    }
    for (const link of twin.querySelectorAll("a[href^='#post-']")) {
      const post = byId(link.hash.slice(1));
      if (post) link.replaceWith(copy(post));
    }
    body.append(twin);
    dialog.showModal();
    dialog.scrollTop = 0;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#claim-'], a[href^='#post-']");
    const target = link && byId(link.hash.slice(1));
    if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(target);
  });
  byId("close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  const reveal = () => {
    const target = location.hash.length > 1 && byId(decodeURIComponent(location.hash.slice(1)));
    for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();

  const filter = byId("filter");
  const topic = byId("filter-topic");
  if (filter && topic) {
    filter.closest("p").hidden = false;
    const sift = () => {
      const wanted = filter.value.trim().toLowerCase();
      let shown = 0;
      for (const post of document.querySelectorAll(".posts .post")) {
        const about = !topic.value || post.dataset.topics.split(";").includes(topic.value);
        post.hidden = !about || !post.textContent.toLowerCase().includes(wanted);
        shown += !post.hidden;
      }
      byId("filter-shown").value = shown;
    };
    filter.addEventListener("input", sift);
    topic.addEventListener("change", sift);
    sift();
  }

  // timeline: the numbers under the pointer, or under the arrow keys
  const enliven = (page) => {
    page.querySelector(".turn").hidden = false;
    page.querySelector(".turn").addEventListener("click", turn);
    const table = page.querySelector("#timeline-numbers");
    const readout = page.querySelector("#readout");
    if (!table || !readout) return;
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
    const rows = [...table.tBodies[0].rows];
    for (const chart of page.querySelectorAll("svg[data-chart=timeline]")) {
      const left = Number(chart.dataset.left);
      const slot = Number(chart.dataset.slot);
      const cursor = chart.querySelector(".cursor");
      let place = -1;
      const point = (n) => {
        place = Math.max(0, Math.min(rows.length - 1, n));
        const x = left + (place + 0.5) * slot;
        cursor.setAttribute("x1", x);
        cursor.setAttribute("x2", x);
        cursor.setAttribute("visibility", "visible");
        readout.hidden = false;
        readout.textContent = [...rows[place].cells].map((cell, n) => (n ? heads[n] + " " : "") + cell.textContent).join("   ");
      };
      chart.tabIndex = 0;
      chart.addEventListener("pointermove", (event) => {
        const box = chart.getBoundingClientRect();
        point(Math.floor(((event.clientX - box.left) * chart.viewBox.baseVal.width / box.width - left) / slot));
      });
      chart.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (step) { event.preventDefault(); point(place + step); }
      });
    }
  };

  // the other language: its page lies in a template; the posts are moved into it, not copied
  let told = byId("told");
  let spare = byId("other").content.querySelector("#told");
  const folds = (page) => [...page.querySelectorAll("details")].filter((fold) => !fold.closest("#evidence"));
  const turn = () => {
    const evidence = byId("evidence");
    const open = folds(told).map((fold) => fold.open);
    const read = [...told.querySelectorAll("main > section[id]")].findLast((node) => node.getBoundingClientRect().top < 90);
    const offset = read ? read.getBoundingClientRect().top : 0;
    const place = document.createElement("div");
    place.dataset.place = "evidence";
    evidence.replaceWith(place);
    spare.querySelector("[data-place=evidence]").replaceWith(evidence);
    told.replaceWith(spare);
    [told, spare] = [spare, told];
    folds(told).forEach((fold, n) => { fold.open = Boolean(open[n]); });
    for (const words of document.querySelectorAll("[data-other]")) {
      [words.textContent, words.dataset.other] = [words.dataset.other, words.textContent];
    }
    document.documentElement.lang = told.lang;
    document.title = told.dataset.title;
    const same = read && byId(read.id);
    if (same) scrollBy({ top: same.getBoundingClientRect().top - offset, behavior: "instant" });
    told.querySelector(".turn").focus({ preventScroll: true });
  };
  enliven(told);
  enliven(spare);
})();
