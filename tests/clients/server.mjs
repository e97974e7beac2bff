// One bailiwick in a temporary folder: started, spoken to through its own command line, stopped, its log kept.
import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 40_000;
const run = promisify(execFile);

/** Copies the tenants below `from`, with upstreams' addresses put in place of their names, such as `${UPSTREAM}`. */
export function layOutTenants(from, to, upstreams) {
  cpSync(from, to, { recursive: true });
  for (const tenant of readdirSync(to)) {
    const router = join(to, tenant, 'router.yaml');
    let text = readFileSync(router, 'utf8');
    for (const [name, url] of Object.entries(upstreams)) text = text.replaceAll(`\${${name}}`, url);
    writeFileSync(router, text);
  }
}

export class Server {
  /** Starts `binary` and waits until it listens, with unsigned tenants. `environment` is added to the settings. */
  static async start(binary, folder, environment) {
    const server = new Server(binary, folder);
    mkdirSync(join(folder, 'data'), { recursive: true });
    const flags = ['--data', join(folder, 'data'), '--tenants', join(folder, 'tenants'), '--listen', '127.0.0.1:0'];
    server.child = spawn(binary, ['serve', ...flags], {
      env: { ...process.env, BAILIWICK__BUNDLES__REQUIRE_SIGNATURE: 'false', ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    server.exited = new Promise((resolve) => server.child.on('exit', (code, signal) => resolve(code ?? signal)));
    server.url = `http://${await server.#address()}`;
    server.adminToken = readFileSync(join(folder, 'data', 'admin.token'), 'utf8').trim();
    return server;
  }

  constructor(binary, folder) {
    this.binary = binary;
    this.folder = folder;
    this.log = '';
  }

  /** Runs a command of the client side; returns its stdout. A failure throws with what it printed. */
  async cli(arguments_, token = this.adminToken) {
    const environment = { ...process.env, BAILIWICK_URL: this.url, BAILIWICK_TOKEN: token, NO_COLOR: '1' };
    const { stdout } = await run(this.binary, arguments_, { env: environment, timeout: 60_000, maxBuffer: 1 << 26 });
    return stdout;
  }

  async createToken(tenant, role) {
    const printed = await this.cli(['tokens', 'create', '--tenant', tenant, '--role', role, '-o', 'json']);
    return JSON.parse(printed).token;
  }

  /** Drains and stops; returns the exit code, which a sanitizer makes other than 0. */
  async stop() {
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_LIMIT_MS);
    const code = await this.exited;
    clearTimeout(late);
    return code;
  }

  #address() {
    return new Promise((resolve, reject) => {
      const giveUp = (why) => {
        this.child.kill('SIGKILL');
        reject(new Error(`${this.binary} serve ${why}; its log:\n${this.log}`));
      };
      const timer = setTimeout(() => giveUp('did not listen in time'), START_LIMIT_MS);
      this.exited.then((code) => giveUp(`ended with ${code}`));
      let line = '';
      this.child.stderr.setEncoding('utf8').on('data', (text) => {
        this.log += text;
        line += text;
        const lines = line.split('\n');
        line = lines.pop();
        for (const entry of lines) {
          if (!entry.includes('"server.listening"')) continue;
          clearTimeout(timer);
          resolve(JSON.parse(entry).address);
        }
      });
    });
  }
}
