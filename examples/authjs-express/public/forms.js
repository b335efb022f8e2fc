// Auth.js takes a form only with its token against forged requests, which is this browser's own.
for (const form of document.forms) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const answer = await fetch('/auth/csrf')
    const { csrfToken } = await answer.json()
    const field = document.createElement('input')
    Object.assign(field, { type: 'hidden', name: 'csrfToken', value: csrfToken })
    form.append(field)
    form.submit()
  })
}
