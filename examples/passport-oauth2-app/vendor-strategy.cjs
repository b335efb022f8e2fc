'use strict'

const { InternalOAuthError } = require('passport-oauth2')

/** A vendor's strategy on top of `OAuth2Strategy`, as packages for Passport are written. */
module.exports = function createVendorStrategy(OAuth2Strategy) {
  return class VendorStrategy extends OAuth2Strategy {
    constructor(options, verify) {
      super(options, verify)
      this.name = 'vendor'
      this._userProfileURL = options.userProfileURL
      this._oauth2.useAuthorizationHeaderforGET(true)
    }

    authorizationParams(options) {
      return options.prompt ? { prompt: options.prompt } : {}
    }

    /** The vendor has no account call: whose the documents are, that is who signed in. */
    userProfile(accessToken, done) {
      this._oauth2.get(this._userProfileURL, accessToken, (error, body) => {
        if (error) return done(new InternalOAuthError('Failed to fetch the user profile', error))
        let json
        try {
          json = JSON.parse(body)
        } catch {
          return done(new Error('Failed to parse the user profile'))
        }
        done(null, { provider: this.name, id: json.documents[0].owner, _raw: body, _json: json })
      })
    }
  }
}
