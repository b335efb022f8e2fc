'use strict'

const { randomBytes } = require('node:crypto')

/** A state store for passport-oauth2: every login that is under way, in the visitor's session. */
module.exports = class PendingLogins {
  store(req, state, meta, callback) {
    const handle = randomBytes(24).toString('base64url')
    req.session.logins = { ...req.session.logins, [handle]: { state, callbackURL: meta.callbackURL } }
    callback(null, handle)
  }

  verify(req, handle, meta, callback) {
    const logins = new Map(Object.entries(req.session.logins ?? {}))
    const login = logins.get(handle)
    logins.delete(handle)
    req.session.logins = Object.fromEntries(logins)
    if (login?.callbackURL !== meta.callbackURL) {
      return callback(null, false, { message: 'This sign-in is not known here. Please begin again.' })
    }
    callback(null, true, login.state)
  }
}
