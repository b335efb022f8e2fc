const width = 1120
const column = 540
const rowHeight = 22
const ours = '#0b6e4f'
const theirs = '#8fa3b3'
const floor = '#c9b458'
const ink = '#1d2733'
const paper = '#ffffff'
const palette = ['#8fa3b3', '#b5838d', '#6d6875', '#c9b458', '#7a9e9f', '#a98467', '#577590', '#bc4b51']

/** All charts of the report in one SVG: bars with the quartiles as a line across their end, and curves, both axes logarithmic. */
export function picture(sections) {
  const charts = sections.flatMap((each) => each.charts ?? [])
  const bottoms = [50, 50]
  const drawn = charts.map((chart) => {
    const place = bottoms[0] <= bottoms[1] ? 0 : 1
    const { text, height } = chart.kind === 'bars' ? bars(chart) : curve(chart)
    const at = `<g transform="translate(${20 + place * column},${bottoms[place]})">${text}</g>`
    bottoms[place] += height
    return at
  })
  const height = Math.max(...bottoms) + 10
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="${ink}" role="img" aria-label="Figures of performance.md">`,
    `<rect width="${width}" height="${height}" fill="${paper}"/>`,
    `<text x="20" y="28" font-size="18" font-weight="600">esign-auth beside what one would pick instead</text>`,
    `<text x="${width - 20}" y="28" text-anchor="end">${legend()}</text>`,
    ...drawn,
    '</svg>\n',
  ].join('\n')
}

function legend() {
  const one = (colour, name) => `<tspan fill="${colour}">■</tspan> ${name}`
  return [one(ours, 'esign-auth'), one(floor, 'floor, by hand'), one(theirs, 'peers'), 'less is better'].join(' · ')
}

function bars({ title, unit, bars: list }) {
  const label = 230
  const space = column - label - 90
  const most = Math.max(...list.map(({ high }) => high))
  const x = (value) => label + Math.max(0, (value / most) * space)
  const rows = list.map((bar, place) => {
    const y = 16 + place * rowHeight
    const colour = bar.ours ? ours : /^floor|^node:/.test(bar.label) ? floor : theirs
    const middle = y + 8
    return [
      `<text x="${label - 8}" y="${y + 12}" text-anchor="end"${bar.ours ? ' font-weight="600"' : ''}>${escaped(cut(bar.label))}</text>`,
      `<rect x="${label}" y="${y}" width="${(x(bar.median) - label).toFixed(1)}" height="16" fill="${colour}"/>`,
      `<line x1="${x(bar.low).toFixed(1)}" x2="${x(bar.high).toFixed(1)}" y1="${middle}" y2="${middle}" stroke="${ink}"/>`,
      `<text x="${(x(bar.high) + 5).toFixed(1)}" y="${y + 12}">${number(bar.median)}</text>`,
    ].join('')
  })
  return {
    text: `<text font-weight="600">${escaped(title)}, ${unit}</text>${rows.join('\n')}`,
    height: list.length * rowHeight + 50,
  }
}

/** Those of the values whose labels have room, the last among them. */
function apart(values, x) {
  const kept = []
  for (const value of values.toReversed()) if (!kept.length || x(kept[0]) - x(value) >= 26) kept.unshift(value)
  return kept
}

function curve({ title, x: across, unit, series }) {
  const [left, top, wide, tall] = [50, 14, column - 110, 150]
  const points = series.flatMap((each) => each.points)
  const scale = (values, from, to) => {
    const [low, high] = [Math.min(...values), Math.max(...values)]
    const share = (value) => (high === low ? 0 : Math.log(value / low) / Math.log(high / low))
    return (value) => (from + share(value) * (to - from)).toFixed(1)
  }
  const xs = [...new Set(points.map(([value]) => value))].sort((a, b) => a - b)
  const ys = points.map(([, value]) => value)
  const x = scale(xs, left, left + wide)
  const y = scale(ys, top + tall, top)
  const ends = [...new Set([Math.min(...ys), Math.max(...ys)])]
  const axes = [
    `<path d="M${left},${top}V${top + tall}H${left + wide}" fill="none" stroke="${ink}"/>`,
    ...apart(xs, x).map(
      (value) =>
        `<text x="${x(value)}" y="${top + tall + 16}" text-anchor="middle">${value.toLocaleString('en-US')}</text>`,
    ),
    ...ends.map(
      (value) => `<text x="${left - 6}" y="${Number(y(value)) + 4}" text-anchor="end">${number(value)}</text>`,
    ),
    `<text x="${left + wide}" y="${top + tall + 32}" text-anchor="end">${across}</text>`,
  ]
  const only = series.filter((each) => each.ours).length === 1
  const lines = series.map((each, place) => {
    const colour = each.ours && only ? ours : palette[place % palette.length]
    const path = each.points.map(([a, b]) => `${x(a)},${y(b)}`).join(' ')
    const dots = each.points.map(([a, b]) => `<circle cx="${x(a)}" cy="${y(b)}" r="3" fill="${colour}"/>`)
    const row = top + tall + 48 + place * 16
    const last = each.points.at(-1)[1]
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="${each.ours && only ? 3 : 1.5}"/>${dots.join('')}`,
      `<text x="${left}" y="${row}"><tspan fill="${colour}">■</tspan> ${escaped(each.label)}: ${number(last)} ${unit} at the end</text>`,
    ].join('')
  })
  return {
    text: `<text font-weight="600">${escaped(title)}, ${unit}</text>${axes.join('')}${lines.join('\n')}`,
    height: top + tall + 80 + series.length * 16,
  }
}

function number(value) {
  if (value >= 100) return Math.round(value).toLocaleString('en-US')
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

function cut(label) {
  return label.length > 30 ? `${label.slice(0, 29)}…` : label
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
