/** A plain mark for a button: the vendor's initials over a stroke of the pen, on its colour. An SVG as a data URL. */
export function markOf(name: string, color: string): string {
  // eSignGlobal is eS.
  const initials = name.slice(0, 1) + (/.[^A-Z]*([A-Z])/.exec(name)?.[1] ?? '')
  const svg = [
    '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">',
    `<rect width="24" height="24" rx="5" fill="${color}"/>`,
    `<text x="12" y="14" text-anchor="middle" font-family="sans-serif" font-size="11" font-weight="700" fill="#fff">${initials}</text>`,
    '<path d="M5 18.5c3-2 4.5 1.5 7 0s4-1.5 7 0" fill="none" stroke="#fff" stroke-width="1.5" stroke-linecap="round"/>',
    '</svg>',
  ].join('')
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}
