// Calls made with stanza, in a process of its own: `node stanza_js_calls.mjs OPTIONS` with one JSON object: those of the library,
// `peer`, and `calls`: whether it calls the peer, when that is there, or waits to be called. The media are invented: what takes the
// place of a browser's connection has one description and one candidate to offer, and says what it is given.
// Lines of JSON tell what happens. It ends with the call.

import { createClient } from "stanza";

const say = (line) => console.log(JSON.stringify(line));
const { peer, calls, ...options } = JSON.parse(process.argv[2]);

const description = (setup) =>
  [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    "a=group:BUNDLE audio",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 0",
    "c=IN IP4 0.0.0.0",
    "a=rtcp:9 IN IP4 0.0.0.0",
    "a=ice-ufrag:8hhy",
    "a=ice-pwd:asd88fgpdd777uzjYhagZg",
    `a=fingerprint:sha-256 ${Array(32).fill("AB").join(":")}`,
    `a=setup:${setup}`,
    "a=mid:audio",
    "a=sendrecv",
    "a=rtcp-mux",
    "a=rtpmap:111 opus/48000/2",
    "a=rtcp-fb:111 transport-cc",
    "a=fmtp:111 minptime=10;useinbandfec=1",
    "a=rtpmap:0 PCMU/8000",
    "a=ssrc:1001 cname:stanza",
    "",
  ].join("\r\n");

class Connection extends EventTarget {
  signalingState = "stable";
  iceConnectionState = "new";
  localDescription = null;
  remoteDescription = null;
  async createOffer() {
    return { type: "offer", sdp: description("actpass") };
  }
  async createAnswer() {
    return { type: "answer", sdp: description("active") };
  }
  async setLocalDescription(local) {
    this.localDescription = local;
    this.signalingState = local.type === "offer" ? "have-local-offer" : "stable";
    const candidate = "candidate:1 1 udp 2130706431 192.0.2.7 4001 typ host generation 0";
    setTimeout(() => this.onicecandidate({ candidate: { candidate, sdpMid: "audio" } }), 50);
  }
  async setRemoteDescription(remote) {
    this.remoteDescription = remote;
    this.signalingState = remote.type === "offer" ? "have-remote-offer" : "stable";
    say({ [remote.type]: remote.sdp.split("\r\n") });
  }
  async addIceCandidate(found) {
    say({ candidate: found.candidate });
  }
  getReceivers() {
    return [];
  }
  getRemoteStreams() {
    return [];
  }
  close() {
    this.signalingState = "closed";
  }
}

const jingle = { hasRTCPeerConnection: true, createPeerConnection: () => new Connection(), iceServers: [] };
const client = createClient({ ...options, jingle });

client.on("session:started", () => {
  client.sendPresence({ to: peer });
  say({ online: client.jid });
});
client.on("available", (presence) => {
  if (calls && presence.from === peer) client.jingle.createMediaSession(peer).start({});
});
client.jingle.on("log:error", (...words) => say({ trouble: words.map(String) }));
client.on("jingle:incoming", (session) => {
  session.ring();
  session.accept();
});
client.on("jingle:ringing", () => say({ told: "ringing" }));
client.on("jingle:hold", () => say({ told: "hold" }));
client.on("jingle:resumed", (session) => {
  say({ told: "resumed" });
  session.mute("initiator", "audio");
  session.hold();
  session.resume();
});
client.on("jingle:mute", (_, info) => say({ told: `mute ${info.name}` }));
client.on("jingle:terminated", (_, reason) => {
  say({ terminated: reason.condition });
  client.disconnect();
});
client.on("disconnected", () => {
  say({ finished: "done" });
  process.exit(0);
});
setTimeout(() => process.exit(2), 60_000);
client.connect();
