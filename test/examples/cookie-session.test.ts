import express from 'express'
import passport from 'passport'
import supertest from 'supertest'
import { expect, it } from 'vitest'
import { useCookieSessions } from '../../examples/quick-start/cookie-session.ts'

it('cookie-session keeps somebody signed in, and sets no cookie for who never signed in', async () => {
  passport.serializeUser((user, done) => done(null, user))
  passport.deserializeUser((user: Express.User, done) => done(null, user))
  const app = express()
  useCookieSessions(app, 'a key of the tests')
  app.get('/login', (req, res, next) => req.login({ key: 'a-user' }, (error) => (error ? next(error) : res.end())))
  app.get('/', (req, res) => void res.json({ user: req.user ?? null }))
  const browser = supertest.agent(app)
  const stranger = await browser.get('/').expect({ user: null })
  expect(stranger.headers['set-cookie']).toBeUndefined()
  await browser.get('/login').expect(200)
  await browser.get('/').expect({ user: { key: 'a-user' } })
})
