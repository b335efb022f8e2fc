import type { Vendor } from '../core/vendor.ts'
import { insureSign } from './insuresign.ts'

export { type InsureSignSettings, insureSign } from './insuresign.ts'

/** Every vendor of this package, in the order of the README's table. */
export const vendors: readonly Vendor[] = [insureSign]
