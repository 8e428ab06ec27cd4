package dev.domicile.simulator;

/**
 * What is wrong with a token that a hook has to refuse. Hooks demand an HS256 token of the tenant
 * with the exact hash of the request (Atlassian, "Understanding JWT for Connect apps"; "Data
 * residency": verify hooks as any Connect request).
 */
enum Flaw {
  UNSIGNED("no token at all"),
  NO_ALGORITHM("a token of the algorithm none"),
  WRONG_SECRET("a token signed with another secret"),
  TAMPERED("a token whose claims were changed after it was signed"),
  EXPIRED("a token that expired ten minutes ago"),
  NO_HASH("a token without the claim qsh"),
  WRONG_HASH("a token with the hash of another request"),
  CONTEXT_HASH("a context token, which a page can read"),
  OTHER_ALGORITHM("a token of HS512 with the right secret"),
  PUBLIC_KEY_AS_SECRET("a token whose secret is the published key of signed installs");

  private final String meaning;

  Flaw(String meaning) {
    this.meaning = meaning;
  }

  String meaning() {
    return meaning;
  }
}
