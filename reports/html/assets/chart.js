// The latency chart: uPlot in place of the static drawing, with fault bands, budgets and a readout.
(() => {
  'use strict';
  const source = document.getElementById('latency-data');
  const container = document.getElementById('latency-chart');
  if (!source || !container || typeof uPlot === 'undefined') return;

  const data = JSON.parse(source.textContent);
  const FLOOR_MS = 0.05; // a logarithmic axis has no zero
  const HEIGHT = 270;
  const toSeconds = (ms) => ms / 1000;
  const onAxis = (values) => values.map((value) => (value === null ? null : Math.max(value, FLOOR_MS)));
  const rows = [data.at_ms.map(toSeconds), onAxis(data.max_ms), onAxis(data.p50_ms), onAxis(data.p95_ms)];

  const three = (value) => String(Number(value.toPrecision(3)));
  const formatMs = (value) =>
    value === null ? '–' : value < 999.5 ? `${three(value)} ms` : `${three(value / 1000)} s`;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const shade = (plot, from_ms, to_ms, fill) => {
    const left = plot.valToPos(toSeconds(from_ms), 'x', true);
    const right = plot.valToPos(toSeconds(to_ms), 'x', true);
    plot.ctx.fillStyle = fill;
    plot.ctx.fillRect(left, plot.bbox.top, Math.max(right - left, 1), plot.bbox.height);
    return left;
  };

  const drawBands = (plot) => {
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top - 18 * ratio, bbox.width, bbox.height + 18 * ratio);
    ctx.clip();
    for (const band of data.bands) {
      const left = shade(plot, band.from_ms, band.to_ms, colour('--band'));
      if (band.slo_ms !== null) shade(plot, band.to_ms, band.slo_ms, colour('--healing'));
      ctx.fillStyle = band.bit ? colour('--bad') : colour('--warn');
      ctx.font = `600 ${11.5 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
      ctx.textAlign = 'left';
      ctx.textBaseline = 'alphabetic';
      const next = data.bands.find((other) => other.from_ms > band.from_ms);
      const room = (next ? plot.valToPos(toSeconds(next.from_ms), 'x', true) : bbox.left + bbox.width) - left;
      const name = `${band.number} ${band.name.toLowerCase()}`;
      ctx.fillText(ctx.measureText(name).width < room ? name : String(band.number), left, bbox.top - 5 * ratio);
    }
    ctx.restore();
  };

  const drawBudgets = (plot) => {
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = colour('--bad');
    ctx.lineWidth = ratio;
    ctx.setLineDash([4 * ratio, 4 * ratio]);
    ctx.font = `${11.5 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
    ctx.textAlign = 'right';
    ctx.textBaseline = 'alphabetic';
    for (const { value_ms, label } of data.budgets) {
      const y = plot.valToPos(value_ms, 'y', true);
      if (y < bbox.top || y > bbox.top + bbox.height) continue;
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      ctx.fillText(label, bbox.left + bbox.width - 4 * ratio, y - 4 * ratio);
    }
    ctx.restore();
  };

  const highest = Math.max(
    1,
    ...rows
      .slice(1)
      .flat()
      .filter((value) => value !== null),
    ...data.budgets.map((budget) => budget.value_ms),
  );
  const lowest = Math.min(
    1,
    ...rows
      .slice(1)
      .flat()
      .filter((value) => value !== null),
  );
  const range = [10 ** Math.floor(Math.log10(lowest)), 10 ** Math.ceil(Math.log10(highest * 1.3))];
  const axis = { stroke: () => colour('--faint'), font: '12px sans-serif', ticks: { show: false } };
  const decade = (value) => value !== null && Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;
  const line = (label, variable, width) => ({
    label,
    stroke: () => colour(variable),
    width,
    points: { show: false },
  });

  // The key above the chart shows the values under the pointer.
  const readings = ['max', 'p50', 'p95'].map((name) => container.closest('.chart').querySelector(`.key .${name} b`));
  const readOut = (plot) => {
    const index = plot.cursor.idx;
    readings.forEach((cell, series) => {
      const value = index === null || index === undefined ? undefined : plot.data[series + 1][index];
      cell.textContent = value === undefined ? '' : formatMs(value);
    });
  };

  const options = {
    width: container.clientWidth,
    height: HEIGHT,
    padding: [20, 20, 0, 0],
    scales: { x: { time: false }, y: { distr: 3, range: () => range } },
    axes: [
      {
        ...axis,
        size: 30,
        gap: 8,
        grid: { show: false },
        values: (_, splits) => splits.map((value) => `${three(value)} s`),
      },
      {
        ...axis,
        size: 58,
        grid: {
          stroke: () => colour('--line'),
          width: 1,
          filter: (_, splits) => splits.map((value) => (decade(value) ? value : null)),
        },
        filter: (_, splits) => splits.map((value) => (decade(value) ? value : null)),
        values: (_, splits) => splits.map((value) => (value === null ? '' : formatMs(value))),
      },
    ],
    series: [{}, line('max', '--max', 1), line('p50', '--p50', 1.6), line('p95', '--p95', 2)],
    cursor: { y: false, drag: { x: true, y: false } },
    legend: { show: false },
    hooks: { drawAxes: [drawBands], draw: [drawBudgets], setCursor: [readOut] },
  };

  container.replaceChildren();
  const plot = new uPlot(options, rows, container);
  new ResizeObserver(() => {
    if (container.clientWidth > 0 && container.clientWidth !== plot.width) {
      plot.setSize({ width: container.clientWidth, height: HEIGHT });
    }
  }).observe(container);
  const redraw = () => plot.redraw(false);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  matchMedia('print').addEventListener('change', redraw);
})();
