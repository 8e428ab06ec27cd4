package dev.domicile.example;

import dev.domicile.router.TenantId;
import dev.domicile.servlet.ConnectToken;
import dev.domicile.servlet.SharedSecret;
import dev.domicile.testkit.InstallSigner;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;

/**
 * Installs the app in Atlassian's place and calls it, so that it can be looked at on one machine.
 */
final class StandIn implements AutoCloseable {
  private final HttpClient client = HttpClient.newHttpClient();
  private final InstallSigner signer;

  /** Publishes the key that signs the installs on that port of this machine. */
  StandIn(int keysPort) {
    signer = new InstallSigner(keysPort);
  }

  /**
   * Installs the app at a tenant and leaves a note there.
   *
   * @param address the address of the realm that the tenant's product is pinned to
   * @return a link to the tenant's page, good for three minutes
   */
  String install(TenantId tenant, String address) throws IOException, InterruptedException {
    byte[] random = new byte[32];
    new SecureRandom().nextBytes(random);
    String secret = HexFormat.of().formatHex(random);
    ConnectToken token = new ConnectToken(tenant, new SharedSecret(secret), InstantSource.system());
    post(
        address + "/installed",
        signer.token(tenant.clientKey(), address, "/installed"),
        """
        {"eventType": "installed", "key": "com.example.notes", "clientKey": "%s", "sharedSecret": "%s",
         "baseUrl": "https://%s.example.com", "productType": "jira"}
        """
            .formatted(tenant, secret, tenant));
    post(
        address + "/notes",
        token.sign("POST", "/notes", null),
        "{\"text\": \"the first note of " + tenant + "\"}");
    return address + "/page?jwt=" + token.sign("GET", "/page", null);
  }

  @Override
  public void close() {
    signer.close();
  }

  private void post(String url, String token, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(url))
                .header("Authorization", "JWT " + token)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
    if (answer.statusCode() >= 300) {
      throw new IOException(url + " answered " + answer.statusCode() + ": " + answer.body());
    }
  }
}
