// Starts the built dashboard (its standalone server) and writes down, before the framework sees a request, which address
// it came from: the framework keeps an X-Forwarded-For that a visitor invented, and tells no handler the real one.
import http from 'node:http'

const createServer = http.createServer
http.createServer = (...given) => {
  const server = createServer(...given)
  server.prependListener('request', (request) => {
    const seen = request.socket.remoteAddress ?? ''
    const before = request.headers['x-forwarded-for']
    request.headers['x-forwarded-for'] = before ? `${before}, ${seen}` : seen
  })
  return server
}

await import('../.next/standalone/server.js')
