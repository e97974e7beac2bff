// Faults of providers, each a behaviour for `Front.when`. aimock plays those that it knows by its own chaos; the others
// are played here, by hand on the socket where HTTP would not let us. Each resolves to true if the answer was good.
const chaos = (name) => async (visit) => {
  await visit.pass({ [`x-aimock-chaos-${name}`]: '1' });
};
const RUNAWAY = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n"POISON"\n';

/** The bytes of the good answer, with its status line and type, to send some of. */
async function bytesOf(visit) {
  const answer = await visit.ask();
  return { type: answer.headers.get('content-type'), body: Buffer.from(await answer.arrayBuffer()) };
}
const head = (type, length) => `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${length}\r\n\r\n`;
const chunk = (bytes) => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

/** Writes to the caller's socket as it is. */
const write = (visit, ...parts) =>
  new Promise((done) => visit.response.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))), done));

/** Half of a good answer, then the connection is reset. */
async function reset(visit) {
  const { type, body } = await bytesOf(visit);
  await write(visit, head(type, 'transfer-encoding: chunked'), chunk(body.subarray(0, body.length / 2)));
  visit.response.socket.resetAndDestroy();
}

/** Half of a good answer, then nothing, until the caller has enough. */
async function stall(visit) {
  const { type, body } = await bytesOf(visit);
  await write(visit, head(type, 'transfer-encoding: chunked'), chunk(body.subarray(0, body.length / 2)));
  await visit.left;
}

/** Takes the request and never says a word. */
async function silence(visit) {
  await visit.left;
}

/** An event stream, or JSON, with a part in its middle that is neither. */
async function garbage(visit) {
  const { type, body } = await bytesOf(visit);
  const event = body.indexOf('\n\n', body.length / 2);
  const middle = event < 0 ? body.length >> 1 : event + 2;
  const nonsense = Buffer.from('\u0000\ufffd"}]}\n\nevent: content_block_delta\ndata: {"choices": [{"delta": {"text": \n\n');
  visit.response.writeHead(200, { 'content-type': type });
  visit.response.end(Buffer.concat([body.subarray(0, middle), nonsense, body.subarray(middle)]));
  await visit.left;
}

/** Says that the answer is longer than it is, and closes. A stream had come to its own end before. */
async function tooLong(visit) {
  const { type, body } = await bytesOf(visit);
  await write(visit, head(type, `content-length: ${body.length + 100}`), body);
  visit.response.socket.end();
  return type.startsWith('text/event-stream');
}

/** Says that the answer is shorter than it is; what follows looks like an answer to the next request. */
async function tooShort(visit) {
  const { type, body } = await bytesOf(visit);
  await write(visit, head(type, `content-length: ${Math.floor(body.length / 2)}`), body.subarray(0, body.length / 2), RUNAWAY);
  await visit.left;
}

/** A good answer with a second one behind it, for whoever comes next on this connection. */
async function runaway(visit) {
  const { type, body } = await bytesOf(visit);
  await write(visit, head(type, `content-length: ${body.length}`), body, RUNAWAY);
  return true;
}

/** The first half of a stream, and an orderly end of the message: no [DONE], no message_stop. */
async function early(visit) {
  const { type, body } = await bytesOf(visit);
  visit.response.writeHead(200, { 'content-type': type });
  const event = body.indexOf('\n\n', body.length / 2);
  visit.response.end(body.subarray(0, event < 0 ? body.length / 2 : event + 2));
  await visit.left;
}

/** No HTTP at all. */
async function nonsense(visit) {
  await write(visit, 'SSH-2.0-OpenSSH_9.2\r\n\r\n');
  visit.response.socket.end();
}

export const FAULTS = {
  drop: chaos('drop'), malformed: chaos('malformed'), disconnect: chaos('disconnect'), rateLimit: chaos('ratelimit'),
  reset, stall, silence, garbage, tooLong, tooShort, runaway, nonsense, early,
};
