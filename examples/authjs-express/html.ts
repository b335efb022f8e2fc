/** A piece of HTML that was made by {@link html}. */
export interface Html {
  readonly html: string
}

/** HTML from a template. Whatever is put into it is escaped, unless it is HTML made the same way. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html {
  return { html: String.raw({ raw: parts }, ...values.map(written)) }
}

function written(value: string | Html | readonly Html[]): string {
  if (typeof value === 'string') return value.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
  return 'html' in value ? value.html : value.map(written).join('')
}
