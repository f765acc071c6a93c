// Drawings of samples: bars for one sample, columns of a map and points of a triangle for many.
const samples = (() => {
  const CORNERS = [[0.06, 0.94], [0.94, 0.94], [0.5, 0.1]];
  const COLOURS = ["#0072B2", "#D55E00", "#009E73"], LIGHT = ["#6cc0ee", "#f0935a", "#4fc9a4"];
  const percent = (value) => `${(100 * value).toFixed(2)}%`;
  const signed = (value, digits) => value.toFixed(digits).replace("-", "\u2212");

  // Bars of values from -reach to reach, from a line at zero; without `reach`, of values from 0 to 1, from the bottom.
  function bars(holder, values, {reach = 0, marked = -1, names}) {
    const title = values.map((value, i) => `${names[i]}: ${value.toFixed(2)}`).join(", ");
    holder.setAttribute("aria-label", title);
    [...holder.children].forEach((column, i) => {
      const share = reach ? Math.min(1, Math.abs(values[i]) / reach) / 2 : values[i], bar = column.querySelector("i");
      bar.style.height = percent(share);
      bar.style.bottom = percent(reach ? (values[i] < 0 ? 0.5 - share : 0.5) : 0);
      column.classList.toggle("marked", i === marked);
      column.querySelector("em").textContent = signed(values[i], values.length > 3 ? 1 : 2);
    });
  }

  // Lines at the given values, over the bars.
  function lines(holder, values) {
    [...holder.children].forEach((column, i) => {
      column.querySelector("b").hidden = false;
      column.querySelector("b").style.bottom = percent(values[i]);
    });
  }

  // Clears a canvas and sets its resolution to its size on the page; returns its context, size and text colour.
  function blank(canvas) {
    const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth || 260, height = canvas.clientHeight || 260, ink = getComputedStyle(canvas).color;
    const size = {width: Math.round(width * ratio), height: Math.round(height * ratio)};
    if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    return {context, width, height, ink};
  }

  // One column per sample, one row per class; the opacity is the value.
  function map(canvas, points) {
    const {context, width, height, ink} = blank(canvas), across = width / points.length, down = height / points[0].length;
    context.fillStyle = ink;
    points.forEach((p, i) => p.forEach((share, j) => {
      context.globalAlpha = share;
      context.fillRect(i * across, j * down, across - 1, down - 1);
    }));
    context.globalAlpha = 1;
  }

  // Each sample is a point, the mean of the corners weighted by the sample; its colour is that of the largest class.
  function cloud(canvas, points) {
    const {context, width: size, ink} = blank(canvas), colours = matchMedia("(prefers-color-scheme: dark)").matches ? LIGHT : COLOURS;
    const place = (p, axis) => size * p.reduce((sum, share, i) => sum + share * CORNERS[i][axis], 0);
    context.strokeStyle = ink;
    context.lineWidth = 1;
    context.beginPath();
    CORNERS.forEach(([x, y], i) => (i ? context.lineTo(x * size, y * size) : context.moveTo(x * size, y * size)));
    context.closePath();
    context.stroke();
    context.globalAlpha = 0.55;
    for (const p of points) {
      context.fillStyle = colours[sampling.highest(p)];
      context.fillRect(place(p, 0) - 1.5, place(p, 1) - 1.5, 3, 3);
    }
    context.globalAlpha = 1;
    context.beginPath();
    context.arc(place(points[0], 0), place(points[0], 1), 6, 0, 2 * Math.PI);
    context.lineWidth = 2.5;
    context.stroke();
    context.fillStyle = ink;
    context.font = "13px system-ui, sans-serif";
    context.textAlign = "center";
    ["1", "2", "3"].forEach((name, i) => context.fillText(name, CORNERS[i][0] * size, CORNERS[i][1] * size + (i === 2 ? -6 : 15)));
  }
  return {bars, lines, map, cloud};
})();
