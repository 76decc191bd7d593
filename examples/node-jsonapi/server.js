// A payout service: bodies as JSON:API, amounts as text, 202 and a job that ends later, lists in pages
// of 20. Node's standard library only. Start it with `node server.js [port]`; BROKEN=1 plants a bug.
'use strict'

const http = require('node:http')
const crypto = require('node:crypto')

const WORK_MS = 20
const PER_PAGE = 20
const broken = process.env.BROKEN === '1'

const wallets = new Map() // by id: {id, name, cents}
const payouts = new Map() // by id: {id, wallet, cents, reference, status, at}
const keys = new Map() // by key: {fingerprint, payout}
let lastId = 0

const toCents = (text) => BigInt(text.replace('.', ''))

function toText (cents) {
  const digits = cents.toString().padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}

function send (res, status, body, headers = {}) {
  res.writeHead(status, { 'Content-Type': 'application/vnd.api+json', ...headers })
  res.end(JSON.stringify(body))
}

const refuse = (res, status, title) => send(res, status, { errors: [{ status: String(status), title }] })

const shownWallet = (w) => ({
  data: { type: 'wallets', id: w.id, attributes: { name: w.name, balance: toText(w.cents) } }
})

const payoutData = (p) => ({
  type: 'payouts',
  id: p.id,
  attributes: { wallet: p.wallet, amount: toText(p.cents), reference: p.reference, status: p.status }
})

// work ends a payout: it is paid, or it fails because the wallet holds too little.
function work (payout, key, fingerprint) {
  const wallet = wallets.get(payout.wallet)
  if (wallet.cents >= payout.cents) {
    wallet.cents -= payout.cents
    payout.status = 'succeeded'
  } else {
    payout.status = 'failed'
  }
  // The bug: a key is kept when its payout is done. A retry that comes sooner begins another one.
  if (broken) keys.set(key, { fingerprint, payout })
}

function createPayout (req, res, attributes, body) {
  const key = req.headers['idempotency-key']
  if (!key) return refuse(res, 400, 'the Idempotency-Key is missing')
  const fingerprint = crypto.createHash('sha256').update(body).digest('hex')
  const known = keys.get(key)
  if (known && known.fingerprint !== fingerprint) {
    return refuse(res, 422, 'the key was used for another payout')
  }
  let payout = known?.payout
  if (!payout) {
    if (!wallets.has(attributes.wallet)) return refuse(res, 404, 'there is no such wallet')
    if (!/^\d+\.\d{2}$/.test(attributes.amount)) return refuse(res, 400, 'the amount is no amount')
    payout = {
      id: `po-${++lastId}`,
      wallet: attributes.wallet,
      cents: toCents(attributes.amount),
      reference: attributes.reference,
      status: 'pending'
    }
    payouts.set(payout.id, payout)
    if (!broken) keys.set(key, { fingerprint, payout })
    setTimeout(work, WORK_MS, payout, key, fingerprint)
  }
  send(res, 202, { data: payoutData(payout) }, { Location: `/payouts/${payout.id}` })
}

function createWallet (res, attributes) {
  const wallet = { id: String(++lastId), name: attributes.name, cents: toCents(attributes.balance) }
  wallets.set(wallet.id, wallet)
  send(res, 201, shownWallet(wallet))
}

function listPayouts (res, url, wallet) {
  const page = Number(url.searchParams.get('page[number]') ?? 1)
  const all = [...payouts.values()].filter((p) => p.wallet === wallet && p.status === 'succeeded')
  const more = page * PER_PAGE < all.length
  send(res, 200, {
    data: all.slice((page - 1) * PER_PAGE, page * PER_PAGE).map(payoutData),
    links: { next: more ? `${url.pathname}?page[number]=${page + 1}` : null }
  })
}

function route (req, res, body) {
  const url = new URL(req.url, 'http://payouts')
  const [, kind, id, below] = url.pathname.split('/')
  if (req.method === 'POST') {
    let attributes
    try { attributes = JSON.parse(body).data.attributes } catch { return refuse(res, 400, 'no JSON:API') }
    if (kind === 'wallets') return createWallet(res, attributes)
    if (kind === 'payouts') return createPayout(req, res, attributes, body)
  }
  if (kind === 'wallets' && below === 'payouts') return listPayouts(res, url, id)
  if (kind === 'wallets' && wallets.has(id)) return send(res, 200, shownWallet(wallets.get(id)))
  if (kind === 'payouts' && payouts.has(id)) return send(res, 200, { data: payoutData(payouts.get(id)) })
  refuse(res, 404, 'there is no such thing')
}

const server = http.createServer((req, res) => {
  const parts = []
  req.on('data', (part) => parts.push(part))
  req.on('error', () => {}) // half a request is none
  req.on('end', () => { if (req.complete) route(req, res, Buffer.concat(parts).toString()) })
})
server.listen(Number(process.argv[2] ?? 8091), '127.0.0.1', () => {
  console.log(`payouts on http://127.0.0.1:${server.address().port}`)
})
