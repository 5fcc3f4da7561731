//! Settings of the provider where an organisation's people sign in elsewhere (OpenID Connect).

use std::path::PathBuf;
use std::str::FromStr;

use axum::http::Uri;
use clap::Args;
use serde::{Deserialize, Serialize};

use super::{ConfigError, first};

/// Texts, separated by commas on the command line.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Texts(pub Vec<String>);

impl FromStr for Texts {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
        Ok(Self(texts.map(str::to_owned).collect()))
    }
}

/// The table `[oidc]` of the configuration.
#[derive(Debug, Default, Clone, Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OidcSettings {
    /// Address of the provider where people sign in with OpenID Connect, as in its tokens, for example
    /// https://login.example.org/realms/staff [without it: they sign in here only].
    #[arg(id = "oidc_issuer", long = "oidc-issuer", value_name = "URL")]
    pub issuer: Option<String>,
    /// What this server is called there.
    #[arg(id = "oidc_client_id", long = "oidc-client-id", value_name = "ID")]
    pub client_id: Option<String>,
    /// File with the secret that the provider gave this server [without it: a public client].
    #[arg(id = "oidc_client_secret_file", long = "oidc-client-secret-file", value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
    /// How people call the provider; stands on the button [without it: the host of its address].
    #[arg(id = "oidc_name", long = "oidc-name", value_name = "NAME")]
    pub name: Option<String>,
    /// Where the provider sends people back to; it must know this address [without it: the links'
    /// beginning and /api/oidc/callback].
    #[arg(id = "oidc_redirect_url", long = "oidc-redirect-url", value_name = "URL")]
    pub redirect_url: Option<String>,
    /// What is asked for besides `openid`, separated by commas [without it: profile,email].
    #[arg(id = "oidc_scopes", long = "oidc-scopes", value_name = "SCOPES")]
    pub scopes: Option<Texts>,
    /// The claim with a person's code in the organisation [without it: sub]. It must be one that people
    /// cannot choose themselves.
    #[arg(id = "oidc_person_claim", long = "oidc-person-claim", value_name = "CLAIM")]
    pub person_claim: Option<String>,
    /// The claim with the code of a person's unit; whoever is not known yet is entered there [without it:
    /// they are refused].
    #[arg(id = "oidc_unit_claim", long = "oidc-unit-claim", value_name = "CLAIM")]
    pub unit_claim: Option<String>,
    /// The claim with a person's roles; dots lead into it, as in realm_access.roles [without it: roles
    /// are given in the console].
    #[arg(id = "oidc_role_claim", long = "oidc-role-claim", value_name = "CLAIM")]
    pub role_claim: Option<String>,
    /// Values of that claim that make an administrator, separated by commas.
    #[arg(id = "oidc_administrators", long = "oidc-administrators", value_name = "ROLES")]
    pub administrators: Option<Texts>,
}

/// A provider where people sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OidcConfig {
    /// Its address, as in its tokens.
    pub issuer: String,
    /// What this server is called there.
    pub client_id: String,
    /// File with the secret that it gave this server; none for a public client.
    pub client_secret_file: Option<PathBuf>,
    /// How people call it.
    pub name: String,
    /// Where it sends people back to; without it the links' beginning decides.
    pub redirect_url: Option<String>,
    /// What is asked for besides `openid`.
    pub scopes: Texts,
    /// The claim with a person's code.
    pub person_claim: String,
    /// The claim with the code of a person's unit.
    pub unit_claim: Option<String>,
    /// The claim with a person's roles.
    pub role_claim: Option<String>,
    /// Its values that make an administrator.
    pub administrators: Texts,
}

impl OidcConfig {
    /// Decides the settings; none when no provider is named.
    pub(super) fn load(
        flags: OidcSettings,
        file: OidcSettings,
    ) -> Result<Option<Self>, ConfigError> {
        let issuer = first(flags.issuer, "PLENARY_OIDC_ISSUER", file.issuer)?;
        let client_id = first(flags.client_id, "PLENARY_OIDC_CLIENT_ID", file.client_id)?;
        let (issuer, client_id) = match (issuer, client_id) {
            (None, None) => return Ok(None),
            (Some(issuer), Some(client_id)) => (issuer, client_id),
            (Some(_), None) | (None, Some(_)) => return Err(ConfigError::OidcIncomplete),
        };
        let redirect_url =
            first(flags.redirect_url, "PLENARY_OIDC_REDIRECT_URL", file.redirect_url)?;
        for url in [Some(&issuer), redirect_url.as_ref()].into_iter().flatten() {
            if !is_private(url) {
                return Err(ConfigError::OidcAddress(url.clone()));
            }
        }
        let host = issuer.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
        let secret_file = (flags.client_secret_file, file.client_secret_file);
        let scopes = first(flags.scopes, "PLENARY_OIDC_SCOPES", file.scopes)?;
        let person_claim =
            first(flags.person_claim, "PLENARY_OIDC_PERSON_CLAIM", file.person_claim)?;
        let administrators =
            first(flags.administrators, "PLENARY_OIDC_ADMINISTRATORS", file.administrators)?;
        Ok(Some(Self {
            name: first(flags.name, "PLENARY_OIDC_NAME", file.name)?
                .unwrap_or_else(|| host.unwrap_or_else(|| issuer.clone())),
            issuer,
            client_id,
            client_secret_file: first(
                secret_file.0,
                "PLENARY_OIDC_CLIENT_SECRET_FILE",
                secret_file.1,
            )?,
            redirect_url,
            scopes: scopes.unwrap_or_else(|| Texts(vec!["profile".into(), "email".into()])),
            person_claim: person_claim.unwrap_or_else(|| "sub".into()),
            unit_claim: first(flags.unit_claim, "PLENARY_OIDC_UNIT_CLAIM", file.unit_claim)?,
            role_claim: first(flags.role_claim, "PLENARY_OIDC_ROLE_CLAIM", file.role_claim)?,
            administrators: administrators.unwrap_or_default(),
        }))
    }
}

/// Whether nobody on the way reads what is sent to an address: TLS, or this machine itself.
pub fn is_private(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let here = |host: &str| ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => true,
        (Some("http"), Some(host)) => here(host),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_nowhere_in_the_clear() {
        for good in
            ["https://login.example.org/realms/a", "http://127.0.0.1:9000", "http://localhost"]
        {
            assert!(is_private(good), "{good}");
        }
        for bad in [
            "http://login.example.org",
            "http://127.0.0.1.example.org",
            "ftp://localhost",
            "",
            "/a",
        ] {
            assert!(!is_private(bad), "{bad}");
        }
    }
}
