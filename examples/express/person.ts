/**
 * Somebody at a browser of their own: opens pages, follows links, presses buttons. Each act ends with the page at hand,
 * told as what there is to read on it, in one line.
 */
export interface Person {
  open(url: string): Promise<string>
  /** Follows the link with this text on the page at hand. */
  follow(link: string): Promise<string>
  /** Presses the button with this text and so sends its form, filled in as it came. */
  press(button: string): Promise<string>
}

/** A person with an empty cookie jar. Redirects are followed, wherever they lead. */
export function createPerson(): Person {
  const jar = createJar()
  let page = { url: '', html: '' }

  const visit = async (url: string, form?: URLSearchParams): Promise<string> => {
    let target = { url, form }
    for (let hops = 0; hops < 10; hops += 1) {
      const { url, form } = target
      const headers = { cookie: jar.header(url), accept: 'text/html' }
      const post = form ? { method: 'POST', body: form } : {}
      const response = await fetch(url, { redirect: 'manual', headers, ...post })
      jar.keep(url, response.headers.getSetCookie())
      const html = await response.text()
      const location = response.headers.get('location')
      if (!location) {
        page = { url, html }
        return textOf(html)
      }
      target = { url: new URL(location, url).href, form: undefined }
    }
    throw new Error(`${url} redirects without end`)
  }

  return {
    open: (url) => visit(url),
    async follow(link) {
      const { attributes } = find(elements(page.html, 'a'), link, page.html)
      return visit(new URL(attributes['href'] ?? '', page.url).href)
    },
    async press(button) {
      const form = find(elements(page.html, 'form'), button, page.html)
      const pressed = find(elements(form.content, 'button'), button, page.html)
      const action = new URL(form.attributes['action'] ?? '', page.url).href
      return visit(action, new URLSearchParams([...inputs(form.content), ...pairOf(pressed.attributes)]))
    },
  }
}

/** Cookies by host name, as browsers keep them: without regard to the port. */
function createJar() {
  const hosts = new Map<string, Map<string, string>>()
  const of = (url: string) => {
    const { hostname } = new URL(url)
    const cookies = hosts.get(hostname) ?? new Map<string, string>()
    hosts.set(hostname, cookies)
    return cookies
  }
  return {
    header: (url: string) => [...of(url)].map((pair) => pair.join('=')).join('; '),
    keep(url: string, lines: readonly string[]) {
      for (const line of lines) {
        const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
        const [name = '', value = ''] = pair.split(/=(.*)/s)
        const over = attributes.some((each) => /^max-age=(0|-.*)$/i.test(each) || isPast(each))
        if (over) of(url).delete(name)
        else of(url).set(name, value)
      }
    },
  }
}

function isPast(attribute: string): boolean {
  const [, date] = /^expires=(.*)$/i.exec(attribute) ?? []
  return date !== undefined && Date.parse(date) <= Date.now()
}

interface Element {
  readonly attributes: Readonly<Record<string, string>>
  readonly content: string
  readonly text: string
}

/** The elements of one name that are not nested in themselves: enough for links, forms and buttons. */
function elements(html: string, name: string): Element[] {
  const all = html.matchAll(new RegExp(`<${name}\\b([^>]*)>(.*?)</${name}>`, 'gs'))
  return Array.from(all, ([, attributes = '', content = '']) => ({
    attributes: attributesOf(attributes),
    content,
    text: textOf(content),
  }))
}

function find(elements: readonly Element[], text: string, html: string): Element {
  const found = elements.find((element) => element.text.includes(text))
  if (!found) throw new Error(`there is no "${text}" on the page, which says: ${textOf(html)}`)
  return found
}

/** The fields of a form as it came: of radio buttons and check boxes those that are checked. */
function inputs(form: string): [string, string][] {
  const all = Array.from(form.matchAll(/<input\b([^>]*)>/g), ([, attributes = '']) => attributesOf(attributes))
  return all.filter((input) => !/^(radio|checkbox)$/.test(input['type'] ?? '') || 'checked' in input).flatMap(pairOf)
}

function pairOf({ name, value = '' }: Readonly<Record<string, string>>): [string, string][] {
  return name === undefined ? [] : [[name, value]]
}

function attributesOf(text: string): Record<string, string> {
  const all = text.matchAll(/([\w-]+)(?:="([^"]*)")?/g)
  return Object.fromEntries(Array.from(all, ([, name = '', value = '']) => [name, decode(value)]))
}

function textOf(html: string): string {
  const text = html.replace(/<(head|style|script|svg)\b.*?<\/\1>/gs, ' ').replace(/<[^>]*>/g, ' ')
  return decode(text).replace(/\s+/g, ' ').trim()
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' }

function decode(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+));/g, (all, code, name) =>
    code ? String.fromCodePoint(Number(code)) : (named[name] ?? all),
  )
}
