/** Figures as the tables write them: three digits, and the quartiles beside the median. */
export const microseconds = ({ median, low, high }) => `${short(median)} (${short(low)}–${short(high)})`

/** The same of a figure in microseconds, in milliseconds. */
export const milliseconds = ({ median, low, high }) =>
  microseconds({ median: median / 1000, low: low / 1000, high: high / 1000 })

export const times = ({ median, low, high }) => `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`

export function short(value) {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2)
}

export const kib = (bytes) => `${(bytes / 1024).toFixed(2)} KiB`

/** A dash for what a contender cannot do, explained under the table. */
export function dashes(contenders, method) {
  return contenders.filter(({ missing }) => missing?.[method]).map(({ name, missing }) => `${name}: ${missing[method]}`)
}

/** A goal of the design, whether these figures meet it, and what stands in the way where they do not. */
export const goal = (work, wanted, figure, met, because) => ({ work, wanted, figure, met, because })
