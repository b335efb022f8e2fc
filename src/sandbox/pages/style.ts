import type { Brand } from '../machinery/fake.ts'

/** The style sheet of the sandbox's pages, in the vendor's colour. */
export function style({ colour }: Brand): string {
  return `
:root { --brand: ${colour.light}; --accent: ${colour.light}; --ground: #f3f4f7; --card: #fff; --text: #16181d;
  --soft: #5a6070; --line: #dcdfe6; --tint: color-mix(in srgb, var(--accent) 7%, var(--card)) }
@media (prefers-color-scheme: dark) { :root { --accent: ${colour.dark}; --ground: #0f1115; --card: #181b21;
  --text: #eceef2; --soft: #a2a9b8; --line: #313641; --tint: color-mix(in srgb, var(--accent) 13%, var(--card)) } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; min-height: 100dvh; padding: 24px 16px; display: flex; flex-direction: column;
  align-items: center; justify-content: center; gap: 20px; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif }
main { width: 100%; max-width: 440px; padding: 32px; background: var(--card); border: 1px solid var(--line);
  border-radius: 16px; box-shadow: 0 1px 2px #0000000a, 0 12px 32px #00000012 }
header { display: flex; align-items: center; gap: 12px; font-weight: 650; font-size: 17px }
header svg { width: 36px; height: 36px; flex: none }
h1 { margin: 24px 0 0; font-size: 22px; line-height: 1.3; font-weight: 400; text-wrap: balance; overflow-wrap: anywhere }
h1 strong { font-weight: 650 }
h2, legend { margin: 24px 0 8px; padding: 0; font-size: 14px; font-weight: 600; color: var(--soft) }
.host, .after { margin: 4px 0 0; color: var(--soft); font-size: 14px; overflow-wrap: anywhere;
  text-wrap: balance }
ul { margin: 0; padding: 0; list-style: none; display: grid; gap: 6px }
li { position: relative; padding-left: 28px }
li::before { content: ""; position: absolute; left: 5px; top: 5px; width: 6px; height: 11px; rotate: 42deg;
  border: solid var(--accent); border-width: 0 2px 2px 0 }
fieldset { margin: 24px 0 0; padding: 0; border: 0; min-width: 0 }
legend { margin: 0 0 8px }
label { display: flex; align-items: center; gap: 12px; padding: 10px 14px; border: 1px solid var(--line); cursor: pointer }
label + label { border-top: 0 }
label:first-of-type { border-radius: 12px 12px 0 0 }
label:last-of-type { border-radius: 0 0 12px 12px }
label:first-of-type:last-of-type { border-radius: 12px }
label:has(:checked) { background: var(--tint) }
label:has(:focus-visible), button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
label:has(:focus-visible) { outline-offset: -2px }
input[type=radio] { width: 18px; height: 18px; margin: 0; flex: none; accent-color: var(--accent); outline: 0; order: 1 }
.face { width: 36px; height: 36px; flex: none; border-radius: 50%; display: grid; place-items: center; font-size: 13px;
  font-weight: 650; background: color-mix(in srgb, var(--accent) 16%, transparent) }
.who { flex: 1; min-width: 0; line-height: 1.35; overflow-wrap: anywhere }
.who b { display: block; font-weight: 600 }
.who small { font-size: 14px; color: var(--soft) }
.buttons { display: flex; gap: 12px; margin-top: 24px }
button { flex: 1; min-height: 46px; padding: 0 20px; font: inherit; font-weight: 600; border-radius: 10px; cursor: pointer;
  color: var(--text); background: transparent; border: 1px solid color-mix(in srgb, var(--soft) 60%, transparent) }
button:hover { background: var(--tint) }
.main { color: #fff; background: var(--brand); border-color: transparent }
.main:hover { background: color-mix(in srgb, var(--brand) 88%, #000) }
.after { margin-top: 16px; text-align: center }
.after b { font-weight: 600 }
.sign { width: 44px; height: 44px; margin: 28px 0 -8px; border-radius: 50%; display: grid; place-items: center;
  font-size: 22px; font-weight: 700; color: #b3261e; background: #b3261e1c }
.reason { margin: 16px 0; padding: 12px 14px; border-radius: 10px; border: 1px solid var(--line); background: var(--ground);
  font-size: 15px; overflow-wrap: anywhere }
.reason ~ .after { text-align: left }
footer { max-width: 440px; font-size: 13px; color: var(--soft); text-align: center; text-wrap: balance }
footer b { margin-right: 6px; padding: 2px 8px; border-radius: 99px; font-size: 12px; color: #5c3d00; background: #ffdf9e }
@media (prefers-color-scheme: dark) { .sign { color: #ffb4ab; background: #ffb4ab24 } footer b { color: #ffdf9e; background: #4a3610 } }
@media (max-width: 480px) { body { justify-content: flex-start; padding: 12px } main { padding: 24px 20px } }
@media (forced-colors: active) { .main { border: 2px solid } }
`
}
