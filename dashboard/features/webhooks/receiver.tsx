import { CodeBlock } from '@/components/code-block'
import { Panel } from '@/components/panel'

const RECEIVER = `from http.server import BaseHTTPRequestHandler, HTTPServer

class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        print(self.headers["webhook-id"], body.decode(), flush=True)
        self.send_response(204)
        self.end_headers()

HTTPServer(("127.0.0.1", 8000), Receiver).serve_forever()`

/** A receiver of a few lines to run beside the first endpoint. */
export function Receiver() {
  return (
    <Panel title="A receiver to try it with">
      <div className="flex flex-col gap-3">
        <p className="text-text-2">
          Save it as receiver.py, run <span className="code">python3 receiver.py</span>, and add{' '}
          <span className="code">http://127.0.0.1:8000/</span> where UsageFlow runs on the same machine. It prints what
          comes and answers 204. How a receiver checks the signature is shown with the secret.
        </p>
        <CodeBlock code={RECEIVER} what="receiver" />
      </div>
    </Panel>
  )
}
