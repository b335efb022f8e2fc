import type { NextConfig } from 'next'

const config: NextConfig = {
  // Otherwise Next turns 127.0.0.1 into localhost, another site for cookies and one that Dropbox Sign takes no callback on.
  skipProxyUrlNormalize: true,
}

export default config
