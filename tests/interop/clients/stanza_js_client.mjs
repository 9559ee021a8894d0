// A client made with stanza, in a process of its own: `node stanza_js_client.mjs OPTIONS` with one JSON object: those of the library.
// It answers every message with "echo: " in front; the message "stop" ends it. Lines of JSON tell what happens.

import { createClient } from "stanza";

const say = (line) => console.log(JSON.stringify(line));
const client = createClient(JSON.parse(process.argv[2]));

client.on("session:started", async () => {
  const roster = await client.getRoster();
  await client.ping(client.config.server);
  client.sendPresence();
  say({ online: client.jid, roster: roster.items.length });
});
client.on("stream:management:resumed", () => say({ resumed: true }));
client.on("auth:failed", () => {
  say({ refused: "not-authorized" });
  process.exit(1);
});
client.on("message", (message) => {
  if (!message.body) return;
  say({ message: message.body });
  if (message.body === "stop") client.disconnect();
  else client.sendMessage({ to: message.from, type: "chat", body: `echo: ${message.body}` });
});
client.on("disconnected", () => {
  say({ finished: "done" });
  process.exit(0);
});
setTimeout(() => process.exit(2), 60_000);
client.connect();
