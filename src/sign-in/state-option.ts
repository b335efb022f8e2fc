import { optionError } from '../oauth/errors.ts'

/**
 * Whether the option `state` says that the vendor does not send `state` back. `ownState`: where an application gives its
 * own state in this host.
 *
 * @throws TypeError with `code: 'invalid_option'` for `false` and for anything unknown.
 */
export function isNotEchoed(
  vendor: { readonly name: string },
  state: unknown,
  ownState = 'where a login begins',
): boolean {
  if (state === false) {
    throw optionError(
      vendor,
      'state',
      "cannot be off: without it anybody's callback signs the visitor in. If the vendor does not send it back, use state: 'not-echoed'.",
    )
  }
  if (state !== undefined && state !== true && state !== 'not-echoed') {
    throw optionError(
      vendor,
      'state',
      `must be true or 'not-echoed'. The application's own state is given ${ownState}.`,
    )
  }
  return state === 'not-echoed'
}
