package dev.domicile.simulator;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Installs whose signature has a flaw. Each brings a secret of its own for a tenant of its own; an
 * app that takes it would let a stranger choose a tenant's secret.
 */
final class InstallAttacks {
  private static final int KEY_BITS = 2048;

  private InstallAttacks() {}

  static void play(Stage stage) {
    // An app that refuses every install refuses these as well.
    stage.install();
    RSAKey stranger = key(UUID.randomUUID().toString());
    RSAKey imposter = key(stage.world().tokens().installKeyId());
    Site model = stage.stranger();
    URI base = model.baseUrl();
    URI uri = Descriptor.at(base, stage.settings().descriptor().installedPath());
    URI audience = stage.settings().audience(base);
    String hash = QueryStringHash.of("POST", uri, base);
    Tokens tokens = stage.world().tokens();
    Map<String, Signing> attacks = new LinkedHashMap<>();
    attacks.put("no token", site -> null);
    attacks.put("HS256 by the secret in the body", site -> tokens.tenant(site.credentials(), hash));
    attacks.put(
        "a key that is not published",
        site -> tokens.lifecycle(site.credentials(), hash, audience, stranger));
    attacks.put(
        "another key under the published id",
        site -> tokens.lifecycle(site.credentials(), hash, audience, imposter));
    attacks.put(
        "an audience that is another app",
        site ->
            tokens.lifecycle(site.credentials(), hash, URI.create("https://other.example.com")));
    attacks.put(
        "an issuer that is another tenant",
        site -> tokens.lifecycle(Credentials.fresh(), hash, audience));
    attacks.put(
        "the hash of another request",
        site -> tokens.lifecycle(site.credentials(), hash.replace('0', '1') + "0", audience));
    attacks.forEach((name, signing) -> attack(stage, uri, name, signing));
  }

  private static void attack(Stage stage, URI uri, String name, Signing signing) {
    Site site = stage.stranger();
    Answer answer =
        stage.send(
            new Call(
                "installed", "POST", uri, site.payload("installed"), signing.token(site), name));
    stage.check(Rule.INSTALL_VERIFIED, answer.isRefusal(), "install with " + name + ": " + answer);
    Answer status = Move.soon(stage, site, stage.settings().to()).call(Hook.STATUS);
    stage.check(
        Rule.REFUSED_IS_HARMLESS,
        !status.isSuccess(),
        "status for the tenant of the install with " + name + ": " + status);
  }

  private static RSAKey key(String id) {
    try {
      return new RSAKeyGenerator(KEY_BITS).keyID(id).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException("every Java platform makes RSA keys", e);
    }
  }

  private interface Signing {
    @Nullable String token(Site site);
  }
}
