import type { Plugin } from 'vitest/config'
import { ablations } from './ablations.ts'

/** Loads `src/keeper/index.ts?without=lease` as the keeper without its lease: a second copy, with one text replaced. */
export function ablationPlugin(): Plugin {
  const withoutOf = (id: string | undefined) => new URLSearchParams(id?.split('?')[1]).get('without')
  return {
    name: 'ablations of the keeper',
    enforce: 'pre',
    async resolveId(source, importer) {
      const without = withoutOf(importer)
      if (!without || !source.startsWith('.')) return undefined
      const found = await this.resolve(source, importer?.split('?')[0], { skipSelf: true })
      // Of the keeper alone: what it stands on is one for all copies.
      return found?.id.includes('/src/keeper/') && `${found.id}?without=${encodeURIComponent(without)}`
    },
    transform(code, id) {
      const without = withoutOf(id)
      const ablation = without === null ? undefined : ablations[without]
      if (!ablation || !id.split('?')[0]?.endsWith(`/src/keeper/${ablation.file}`)) return undefined
      const [before, after, ...more] = code.split(ablation.find)
      if (before === undefined || after === undefined || more.length > 0) {
        throw new Error(`${ablation.file} must have this once: ${ablation.find}`)
      }
      return before + ablation.replace + after
    },
  }
}
