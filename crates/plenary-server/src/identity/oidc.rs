//! Signing in elsewhere: OpenID Connect with an authorisation code, PKCE, state and nonce.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
    CoreProviderMetadata, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields, IssuerUrl,
    Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    StandardErrorResponse, StandardTokenResponse, TokenResponse as _, UserInfoClaims,
};
use plenary_model::id::EventId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::Mutex as AsyncMutex;

use super::errands::Errands;
use crate::config::OidcConfig;
use crate::egress::Egress;

/// How long what the provider says of itself is believed; it changes its keys now and then.
const KNOWN_FOR: Duration = Duration::from_secs(600);

/// How long a provider that did not answer is not asked again.
const UNREACHABLE_FOR: Duration = Duration::from_secs(3);

/// What somebody signs in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The console.
    Organisation,
    /// Watching an event as a member.
    Event(EventId),
}

/// Who somebody is, by what the provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider's address, a space, and what it calls them; it never changes.
    pub subject: String,
    /// Their code in the organisation.
    pub person: Option<String>,
    /// How they are called.
    pub name: Option<String>,
    /// Code of their unit, where the provider says it.
    pub unit: Option<String>,
    /// Whether they are an administrator; nothing when the provider does not say what anybody is.
    pub administrator: Option<bool>,
}

/// Why the provider cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum OidcUnusable {
    /// Its secret cannot be read.
    #[error("cannot read the secret of oidc.client_secret_file from {}", path.display())]
    Secret {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// An address is none.
    #[error("an address of the provider cannot be used: {0}")]
    Address(#[from] openidconnect::url::ParseError),
    /// TLS cannot begin.
    #[error("cannot speak TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// Why somebody is not signed in. What exactly is wrong is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ElsewhereRefused {
    /// The provider does not answer, or not as one does.
    #[error("the page where you sign in cannot be reached: try again in a minute")]
    Unreachable,
    /// The provider takes the code back, or its token is not for us.
    #[error("signing in did not work: begin again, and tell the administrator if it stays")]
    NotProven,
}

/// Whatever else the provider says of somebody.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Further {
    #[serde(flatten)]
    all: BTreeMap<String, Value>,
}

impl AdditionalClaims for Further {}

type IdFields = IdTokenFields<
    Further,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

type Client = openidconnect::Client<
    Further,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<IdFields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What somebody who is away comes back for, and what proves that the answer is to their question.
#[derive(Debug)]
pub struct Errand {
    /// What for.
    pub purpose: Purpose,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

/// The provider, and who is on the way there; clones share it.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

/// What the provider says of itself, and since when it is known.
#[derive(Default)]
enum Known {
    #[default]
    Nothing,
    Metadata(Instant, Box<CoreProviderMetadata>),
    Unreachable(Instant),
}

struct Inner {
    config: OidcConfig,
    issuer: IssuerUrl,
    secret: Option<ClientSecret>,
    redirect: RedirectUrl,
    egress: Egress,
    known: AsyncMutex<Known>,
    errands: Mutex<Errands<Errand>>,
}

impl Provider {
    /// The provider of these settings; links of this server begin with `base`.
    ///
    /// # Errors
    /// [`OidcUnusable`].
    pub fn new(config: OidcConfig, base: &str) -> Result<Self, OidcUnusable> {
        let secret = config.client_secret_file.as_ref().map(|path| {
            let read = fs::read_to_string(path);
            read.map_err(|source| OidcUnusable::Secret { path: path.clone(), source })
        });
        let secret = secret.transpose()?;
        let secret = secret.map(|text| ClientSecret::new(text.trim().to_owned()));
        let redirect = config.redirect_url.clone();
        let redirect = redirect.unwrap_or_else(|| format!("{base}/api/oidc/callback"));
        Ok(Self(Arc::new(Inner {
            issuer: IssuerUrl::new(config.issuer.clone())?,
            redirect: RedirectUrl::new(redirect)?,
            egress: Egress::new()?,
            known: AsyncMutex::default(),
            errands: Mutex::default(),
            secret,
            config,
        })))
    }

    /// How people call it.
    pub fn name(&self) -> &str {
        &self.0.config.name
    }

    /// Whether browsers come back over TLS.
    pub fn returns_over_tls(&self) -> bool {
        self.0.redirect.starts_with("https:")
    }

    /// Where somebody goes who signs in, from a browser that brings this text back.
    ///
    /// # Errors
    /// [`ElsewhereRefused::Unreachable`].
    pub async fn leave(&self, browser: &str, purpose: Purpose) -> Result<String, ElsewhereRefused> {
        let client = self.client().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let scopes = self.0.config.scopes.0.iter().cloned().map(Scope::new);
        let (url, state, nonce) = client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .add_scopes(scopes)
            .set_pkce_challenge(challenge)
            .url();
        let errand = Errand { purpose, nonce, verifier };
        let bound = (state.into_secret(), browser.to_owned());
        self.errands(|errands| errands.leave(Instant::now(), bound, errand));
        Ok(url.into())
    }

    /// Somebody is back with this state, in this browser.
    pub fn back(&self, state: &str, browser: &str) -> Option<Errand> {
        self.errands(|errands| errands.back(Instant::now(), state, browser))
    }

    /// Who somebody is, by the code that they brought back.
    ///
    /// # Errors
    /// [`ElsewhereRefused`].
    pub async fn identify(
        &self,
        errand: Errand,
        code: String,
    ) -> Result<Identity, ElsewhereRefused> {
        let client = self.client().await?;
        let exchange = client.exchange_code(AuthorizationCode::new(code)).map_err(not_proven)?;
        let exchange = exchange.set_pkce_verifier(errand.verifier);
        let tokens = exchange.request_async(&self.0.egress).await.map_err(not_proven)?;
        let token = tokens.id_token().ok_or_else(|| not_proven("there is no ID token"))?;
        let verifier = client.id_token_verifier();
        let claims = match token.claims(&verifier, &errand.nonce) {
            Ok(claims) => claims,
            Err(error) => {
                // It may have new keys.
                *self.0.known.lock().await = Known::Nothing;
                return Err(not_proven(error));
            }
        };
        if let Some(said) = claims.access_token_hash() {
            let algorithm = token.signing_alg().map_err(not_proven)?;
            let key = token.signing_key(&verifier).map_err(not_proven)?;
            let hash = AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
            if hash.map_err(not_proven)? != *said {
                return Err(not_proven("the access token is another one"));
            }
        }
        let mut said = object(claims);
        let (subject, access) = (claims.subject().clone(), tokens.access_token().clone());
        if self.lacks(&said)
            && let Ok(request) = client.user_info(access, Some(subject.clone()))
        {
            let more: UserInfoClaims<Further, CoreGenderClaim> =
                request.request_async(&self.0.egress).await.map_err(not_proven)?;
            // What the token says is signed, and wins.
            for (claim, value) in object(&more) {
                said.entry(claim).or_insert(value);
            }
        }
        Ok(self.identity(subject.as_str(), &said))
    }

    /// Whether the token leaves out what the settings name; many providers tell it on request only.
    fn lacks(&self, said: &Map<String, Value>) -> bool {
        let config = &self.0.config;
        let (role, unit) = (config.role_claim.as_ref(), config.unit_claim.as_ref());
        let wanted = [Some(&config.person_claim), role, unit];
        wanted.into_iter().flatten().any(|claim| find(said, claim).is_none())
    }

    fn identity(&self, subject: &str, said: &Map<String, Value>) -> Identity {
        let config = &self.0.config;
        let text = |claim: &str| match find(said, claim)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        let administrator = config.role_claim.as_ref().map(|claim| {
            let roles = find(said, claim).map(texts).unwrap_or_default();
            roles.iter().any(|role| config.administrators.0.iter().any(|one| one == role))
        });
        Identity {
            subject: format!("{} {subject}", config.issuer),
            person: text(&config.person_claim),
            name: text("name"),
            unit: config.unit_claim.as_ref().and_then(|claim| text(claim)),
            administrator,
        }
    }

    async fn client(&self) -> Result<Client, ElsewhereRefused> {
        let Inner { config, secret, redirect, .. } = &*self.0;
        let known = self.known().await?;
        let id = ClientId::new(config.client_id.clone());
        let client = Client::from_provider_metadata(known, id, secret.clone());
        Ok(client.set_redirect_uri(redirect.clone()))
    }

    /// What the provider says of itself, at most ten minutes old.
    async fn known(&self) -> Result<CoreProviderMetadata, ElsewhereRefused> {
        let mut known = self.0.known.lock().await;
        match &*known {
            Known::Metadata(since, metadata) if since.elapsed() < KNOWN_FOR => {
                return Ok(CoreProviderMetadata::clone(metadata));
            }
            // Those who waited for the same answer do not each ask again.
            Known::Unreachable(since) if since.elapsed() < UNREACHABLE_FOR => {
                return Err(ElsewhereRefused::Unreachable);
            }
            Known::Nothing | Known::Metadata(..) | Known::Unreachable(_) => {}
        }
        let issuer = self.0.issuer.clone();
        let found = CoreProviderMetadata::discover_async(issuer, &self.0.egress).await;
        match found {
            Ok(found) => {
                *known = Known::Metadata(Instant::now(), Box::new(found.clone()));
                Ok(found)
            }
            Err(error) => {
                let error: &(dyn std::error::Error + 'static) = &error;
                tracing::warn!(error, "the provider of sign-ins does not say how to use it");
                *known = Known::Unreachable(Instant::now());
                Err(ElsewhereRefused::Unreachable)
            }
        }
    }

    fn errands<T>(&self, look: impl FnOnce(&mut Errands<Errand>) -> T) -> T {
        look(&mut self.0.errands.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn not_proven(why: impl ToString) -> ElsewhereRefused {
    tracing::warn!(why = why.to_string(), "somebody who signed in elsewhere is refused");
    ElsewhereRefused::NotProven
}

fn object(claims: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(said)) => said,
        Ok(_) | Err(_) => Map::new(),
    }
}

/// A claim by its name, or by its way through objects with dots between.
fn find<'a>(said: &'a Map<String, Value>, claim: &str) -> Option<&'a Value> {
    said.get(claim).or_else(|| {
        let (first, rest) = claim.split_once('.')?;
        find(said.get(first)?.as_object()?, rest)
    })
}

/// One text or several.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claims_are_found_by_name_and_by_way() {
        let said = json!({
            "https://a.example/roles": "one", "realm_access": { "roles": ["two", 3, "four"] }
        });
        let said = said.as_object().unwrap();
        let roles = |claim| find(said, claim).map(texts);
        assert_eq!(roles("https://a.example/roles"), Some(vec!["one"]));
        assert_eq!(roles("realm_access.roles"), Some(vec!["two", "four"]));
        assert_eq!(roles("realm_access"), Some(vec![]));
        for absent in ["roles", "realm_access.", "realm_access.roles.0", ""] {
            assert_eq!(roles(absent), None, "{absent}");
        }
    }
}
