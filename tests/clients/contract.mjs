// The served OpenAPI 3.1 document as a judge: is this answer one that it promises?
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const escapePointer = (text) => encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));
const mediaType = (text) => (text ?? '').split(';')[0].trim().toLowerCase();

export class Contract {
  #validators = new Map(); // by pointer; compiling one takes longer than using it

  static async load(url) {
    const response = await fetch(`${url}/openapi.json`);
    if (response.status !== 200) throw new Error(`/openapi.json answered ${response.status}`);
    return new Contract(await response.json());
  }

  constructor(document) {
    this.document = document;
    this.ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true, validateSchema: false }));
    this.ajv.addSchema(document, 'openapi', undefined, false);
    // A path without parameters wins over one with.
    this.paths = Object.keys(document.paths)
      .map((template) => ({
        template,
        pattern: new RegExp(`^${template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+')}$`),
      }))
      .sort((a, b) => a.template.split('{').length - b.template.split('{').length);
  }

  /** What is wrong with an answer, as sentences; empty when it is as promised. */
  async faults(method, url, response) {
    const path = new URL(url).pathname;
    const place = `${method} ${path} → ${response.status}`;
    const found = [];
    if (!response.headers.get('x-request-id')) found.push(`${place}: no x-request-id`);
    const entry = this.paths.find((candidate) => candidate.pattern.test(path));
    const operation = entry && this.document.paths[entry.template][method.toLowerCase()];
    if (!operation) return response.status === 404 || response.status === 405 ? found : [...found, `${place}: no such operation`];

    const family = `${String(response.status)[0]}XX`;
    const key = [String(response.status), family, 'default'].find((name) => operation.responses[name]);
    if (!key) return [...found, `${place}: the status is not documented`];
    const answer = this.#resolve(operation.responses[key], ['paths', entry.template, method.toLowerCase(), 'responses', key]);
    const type = mediaType(response.headers.get('content-type'));
    const body = await response.text();
    if (!answer.value.content) return body === '' ? found : [...found, `${place}: has a body, and none is documented`];
    if (!answer.value.content[type]) return [...found, `${place}: ${type || 'no content type'} is not documented`];
    if (!/[/+]json$/.test(type)) return found;
    return [...found, ...this.#judge(place, body, [...answer.pointer, 'content', type, 'schema'])];
  }

  #resolve(value, pointer) {
    if (!value.$ref) return { value, pointer };
    const target = value.$ref.replace(/^#\//, '').split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    return { value: target.reduce((node, part) => node[part], this.document), pointer: target };
  }

  /** The validator of the schema at `pointer`; undefined when there is no schema. */
  #validator(pointer) {
    const place = `openapi#/${pointer.map(escapePointer).join('/')}`;
    if (!this.#validators.has(place)) {
      const schema = pointer.reduce((node, part) => node?.[part], this.document);
      this.#validators.set(place, schema && this.ajv.compile({ $ref: place }));
    }
    return this.#validators.get(place);
  }

  #judge(place, body, pointer) {
    const validate = this.#validator(pointer);
    if (!validate) return [`${place}: JSON without a schema`];
    let value;
    try {
      value = JSON.parse(body);
    } catch {
      return [`${place}: the body is not JSON`];
    }
    return validate(value) ? [] : [`${place}: ${this.ajv.errorsText(validate.errors)}`];
  }
}
