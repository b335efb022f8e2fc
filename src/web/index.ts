/** Sign-in for any host that speaks web-standard `Request` and `Response`, and for `node:http`. */
export { createSignIn } from './create-sign-in.ts'
export { SignInFailure } from './failure.ts'
export { requestFrom, sendResponse } from './node-http.ts'
export type { SignInOptions } from './options.ts'
export type { BeginOptions, FinishedConnect, FinishedSignIn, SignIn } from './sign-in.ts'
