// A client made with @xmpp/client, in a process of its own: `node xmpp_js_client.mjs OPTIONS` with one JSON object: those of the
// library, and `token` of an earlier login. It answers every message with "echo: " in front; the message "stop" ends it. When its
// connection breaks it dials again. Lines of JSON tell what happens.

import { client, xml } from "@xmpp/client";
import WebSocket from "ws";

globalThis.WebSocket ??= WebSocket; // Node has one of its own from 22 on

const { token, agent, ...options } = JSON.parse(process.argv[2]);
const say = (line) => console.log(JSON.stringify(line));
if (agent) options.userAgent = xml("user-agent", { id: agent });
const connection = client(options);

let kept = token;
connection.fast.fetchToken = async () => kept;
connection.fast.deleteToken = async () => (kept = null);
connection.fast.saveToken = async (given) => {
  kept = given;
  say({ token: given });
};
connection.reconnect.delay = 50;
connection.on("error", (error) => say({ error: error.condition ?? String(error) }));
connection.on("send", (element) => {
  if (element.is("authenticate") || element.is("auth")) say({ login: [element.getNS(), element.attrs.mechanism] });
});
connection.on("online", (address) => say({ online: String(address) }));
connection.on("disconnect", () => say({ lost: true }));
connection.streamManagement.on("fail", (stanza) => say({ failed: stanza.toString() }));

// What is written before the login is through is not counted by the library: it waits.
const waiting = [];
async function answer() {
  while (connection.streamManagement.enabled && waiting.length) {
    const { to, body } = waiting.shift();
    await connection.send(xml("message", { to, type: "chat" }, xml("body", {}, `echo: ${body}`)));
    say({ sent: body });
  }
}
connection.streamManagement.on("resumed", () => {
  say({ resumed: true });
  setImmediate(answer);
});
connection.on("stanza", async (stanza) => {
  const body = stanza.getChildText("body");
  if (!stanza.is("message") || body === null) return;
  say({ message: body });
  if (body === "stop") {
    await connection.stop();
    say({ finished: "done" });
    process.exit(0);
  }
  waiting.push({ to: stanza.attrs.from, body });
  await answer();
});
setTimeout(() => process.exit(2), 60_000);
await connection.start().catch((error) => {
  say({ refused: error.condition ?? String(error) });
  process.exit(1);
});
