import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** What axe-core finds wrong on a page by WCAG 2.2 A and AA and by its best practices: the rule, and where. */
export async function findings(page: Page): Promise<string[]> {
  // Not a script element, which the pages' own Content-Security-Policy forbids.
  await page.evaluate(axe.source)
  const { violations } = (await page.evaluate('axe.run(document)')) as axe.AxeResults
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`),
  )
}

/** Whether something is wider than the window. */
export async function overflows(page: Page): Promise<boolean> {
  return (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) as boolean
}
