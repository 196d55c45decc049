//! `certbound probe`: attacks an API with a token as a thief would, and judges the answers.
//!
//! | file | concept |
//! |---|---|
//! | `attack` | the attacks, as data: what each sends, and what its success or failure means |
//! | `identity` | a certificate with its private key |
//! | `presenter` | presents it in handshakes, and notes whether the server has let it |
//! | `look_alike` | a self-signed copy of a certificate |
//! | `stolen_token` | the token: where it comes from, and what it is bound to |
//! | `forgery` | the tokens that a thief makes of it |
//! | `public_key` | the issuer's public key, as a thief would use it for an HMAC |
//! | `asn1` | DER that is written here |
//! | `connection` | one TLS connection to the API, and requests on it |
//! | `sessions` | the TLS sessions that a later connection resumes |
//! | `outcome` | what became of a request: an answer, an end by the server, or another failure |
//! | `arsenal` | what an attack turns into: a certificate, a token, header fields |
//! | `budget` | how many requests and how much time a run may cost |
//! | `trial` | what became of an attack |
//! | `doubts` | which refusals prove nothing |
//! | `campaign` | sends the attacks, in their order and within the budget |
//! | `judgement` | which answers count as accepted, and what all of them mean |
//! | `secrets` | what no output may contain |
//! | `findings` | everything that the outputs show, without secrets |
//! | `text`, `record`, `page` | the outputs: for a terminal, as JSON, as an HTML page |
//! | `progress` | what a terminal shows meanwhile |
//!
//! This folder may use the modules beside it, such as `issuer`, but not `commands`, which calls it. It contains no rule for
//! tokens: the API judges them. No output contains the token, a token made of it, the values of its claims, or a key.

mod arsenal;
mod asn1;
mod attack;
mod budget;
mod campaign;
mod connection;
mod doubts;
mod findings;
mod forgery;
mod identity;
mod judgement;
mod look_alike;
mod outcome;
mod page;
mod presenter;
mod progress;
mod public_key;
mod record;
mod secrets;
mod sessions;
mod stolen_token;
mod text;
mod trial;

pub(crate) use arsenal::{Arsenal, Extras};
pub(crate) use campaign::Campaign;
pub(crate) use findings::{Exit, Findings};
pub(crate) use identity::Identity;
pub(crate) use page::page;
pub(crate) use presenter::Presented;
pub(crate) use record::record;
pub(crate) use stolen_token::{Grant, StolenToken};
pub(crate) use text::text;
