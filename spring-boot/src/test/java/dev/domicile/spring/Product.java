package dev.domicile.spring;

import dev.domicile.router.TenantId;
import dev.domicile.servlet.ConnectToken;
import dev.domicile.servlet.SharedSecret;
import dev.domicile.testkit.InstallSigner;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.InstantSource;

/** The product at the other end: it installs the app at a tenant and signs its requests. */
final class Product {
  private final HttpClient client = HttpClient.newHttpClient();
  private final InstallSigner signer;
  private final int port;

  Product(InstallSigner signer, int port) {
    this.signer = signer;
    this.port = port;
  }

  static String secret(TenantId tenant) {
    return "the shared secret of tenant " + tenant + " is this";
  }

  static String signed(TenantId tenant, String path) {
    return signed(tenant, "GET", path);
  }

  private static String signed(TenantId tenant, String method, String path) {
    return new ConnectToken(tenant, new SharedSecret(secret(tenant)), InstantSource.system())
        .sign(method, path, null);
  }

  /**
   * Says {@code installed} or {@code uninstalled}.
   *
   * @param host the name under which the app is called
   */
  int lifecycle(String event, TenantId tenant, String host, String audience) throws Exception {
    String body =
        """
        {"eventType": "%s", "key": "com.example.app", "clientKey": "%s", "sharedSecret": "%s",
         "baseUrl": "https://site.example.com", "productType": "jira"}
        """
            .formatted(event, tenant, secret(tenant));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + host + ":" + port + "/" + event))
            .header(
                "Authorization", "JWT " + signer.token(tenant.clientKey(), audience, "/" + event))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    return client.send(request, BodyHandlers.ofString()).statusCode();
  }

  HttpResponse<String> get(TenantId tenant, String path) throws Exception {
    return get(path, signed(tenant, path));
  }

  HttpResponse<String> get(String path, String token) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
            .header("Authorization", "JWT " + token)
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  HttpResponse<String> post(TenantId tenant, String path, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
            .header("Authorization", "JWT " + signed(tenant, "POST", path))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  HttpResponse<String> unsigned(String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path)).build(),
        BodyHandlers.ofString());
  }
}
