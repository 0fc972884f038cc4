import type { NextConfig } from 'next'

const configuration: NextConfig = {
  output: 'standalone',
  outputFileTracingRoot: import.meta.dirname,
  poweredByHeader: false,
  reactStrictMode: true,
  devIndicators: false,
  // The lint checks types, once.
  typescript: { ignoreBuildErrors: true },
}

export default configuration
