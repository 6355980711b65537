(async () => {
  "use strict";
  // Plotly comes packed: unpacked it is five megabytes.
  async function unpack() {
    const packed = Uint8Array.from(atob(document.getElementById("plotly").textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
  }
  try {
    await unpack();
  } catch {
    const told = document.createElement("p");
    told.className = "notice";
    told.textContent = "The plots need a browser of 2023 or later; the tables hold the same figures.";
    document.querySelector("header").append(told);
    return;
  }
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  // Colours that would not stand out in the dark scheme have another there.
  const onDark = JSON.parse(document.documentElement.dataset.onDark);
  const plots = [...document.querySelectorAll(".plot")].map((at) => {
    const text = document.getElementById(`${at.id}-data`).textContent;
    const dark = text.replace(/"#[0-9a-f]{6}"/gi, (colour) => JSON.stringify(onDark[colour.slice(1, -1)] ?? colour.slice(1, -1)));
    return { at, height: Math.max(parseFloat(at.style.height) || 0, 440), light: JSON.parse(text), dark: JSON.parse(dark) };
  });
  const NARROW = 720;
  const PRINTED = 1000;
  // About as wide as a digit, and as a legend beside a plot (px).
  const LETTER = 8;
  const LEGEND = 260;

  // The layout for a width and a scheme. A narrow plot has its legend under it, and one that scrolls
  // has it there as a list, all of which is in sight.
  function layout({ at, height }, figure, width, isDark, fixed) {
    const scrolls = !fixed && at.parentElement.clientWidth < width;
    const narrow = scrolls || width < NARROW;
    const ink = isDark ? "#e6e8eb" : "#1a1d21";
    const grid = isDark ? "#30363d" : "#e3e6ea";
    const made = structuredClone(figure.layout);
    made.modebar = { bgcolor: "rgba(0,0,0,0)", color: "#8a929c", activecolor: ink };
    made.font = { ...made.font, color: ink, size: narrow ? 12 : 13 };
    made.hoverlabel = { ...made.hoverlabel, bgcolor: isDark ? "#23282e" : "#ffffff", bordercolor: grid, font: { color: ink } };
    for (const key of Object.keys(made)) {
      if (/^[xy]axis/.test(key)) Object.assign(made[key], { gridcolor: grid, linecolor: "#8a929c", tickcolor: "#8a929c" });
    }
    if (narrow) {
      const entries = figure.data.filter((trace) => trace.showlegend !== false).length;
      const rows = scrolls ? entries : Math.ceil(entries / Math.max(1, Math.floor((width - 20) / 190)));
      made.legend = { ...made.legend, orientation: "h", x: 0, xref: "container", xanchor: "left", y: 0, yref: "container", yanchor: "bottom", entrywidth: scrolls ? width - 80 : 180, entrywidthmode: "pixels" };
      made.margin = { ...made.margin, l: 70, r: 8, t: 12, b: 92 + rows * 20 };
      made.height = height - 90 + rows * 20;
    } else {
      made.height = height;
    }
    const room = width - made.margin.l - (narrow ? made.margin.r + 3 * LETTER : LEGEND);
    // Long labels push their axis's title away.
    const aside = (axis) => ({ automargin: true, title: { ...axis.title, standoff: 8 } });
    for (const [key, axis] of Object.entries(made)) {
      if (narrow && /^yaxis/.test(key) && axis.title?.text) Object.assign(axis, aside(axis));
      if (!/^xaxis/.test(key) || !axis.ticktext) continue;
      const [from, to] = axis.domain ?? [0, 1];
      const wanted = axis.ticktext.reduce((sum, text) => sum + (String(text).length + 1) * LETTER, 0);
      if (wanted > room * (to - from)) Object.assign(axis, { tickangle: 90, tickfont: { ...axis.tickfont, size: 10 }, ...aside(axis) });
    }
    return made;
  }

  function draw(plot, width, isDark, fixed) {
    const figure = isDark ? plot.dark : plot.light;
    const made = layout(plot, figure, width, isDark, fixed);
    if (fixed) Object.assign(made, { width, autosize: false });
    plot.at.style.width = fixed ? `${width}px` : "";
    plot.at.style.height = `${made.height}px`;
    return Plotly.react(plot.at, figure.data, made, {
      // Named one by one: plotly's own set has a button that sends the figure to a server.
      modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]],
      displayModeBar: width < NARROW || fixed ? false : "hover",
      displaylogo: false, plotlyServerURL: "", responsive: true,
      toImageButtonOptions: { filename: plot.at.id.replace(/^plot-/, ""), scale: 2 },
    });
  }

  // What is folded has no width yet: it is drawn when it is opened.
  const seen = (plot) => plot.at.clientWidth > 0;
  // What a print opens is toggled, and must not be drawn again for the screen meanwhile.
  let printing = false;
  const redraw = () => { if (!printing) plots.filter(seen).forEach((plot) => draw(plot, plot.at.clientWidth, dark.matches, false)); };
  redraw();
  dark.addEventListener("change", redraw);
  let wait;
  document.addEventListener("toggle", redraw, true);
  window.addEventListener("resize", () => { clearTimeout(wait); wait = setTimeout(redraw, 150); });
  // A print shows all, and then what was folded is folded again.
  const folded = () => [...document.querySelectorAll("details:not([open])")];
  let opened = [];
  window.addEventListener("beforeprint", () => { printing = true; opened = folded(); opened.forEach((each) => { each.open = true; }); plots.forEach((plot) => draw(plot, PRINTED, false, true)); });
  window.addEventListener("afterprint", () => { printing = false; opened.forEach((each) => { each.open = false; }); redraw(); });
  document.documentElement.dataset.drawn = "yes";
})();
