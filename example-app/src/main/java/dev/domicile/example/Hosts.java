package dev.domicile.example;

import com.atlassian.connect.spring.AddonAuthenticationType;
import com.atlassian.connect.spring.AtlassianHost;
import com.atlassian.connect.spring.AtlassianHostRepository;
import dev.domicile.router.Router;
import dev.domicile.router.TenantId;
import dev.domicile.spring.HostRoutes;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Repository;

/**
 * The table {@code atlassian_host}. A host and its route are written in one transaction: there is
 * no tenant that is installed and lives nowhere.
 */
@Repository
class Hosts extends ControlTable<AtlassianHost> implements AtlassianHostRepository {
  private static final Field<Boolean> INSTALLED =
      DSL.field(DSL.name("addon_installed"), Boolean.class);

  private final HostRoutes routes;

  Hosts(Router router, HostRoutes routes) {
    super(router.control(), "atlassian_host", "client_key");
    this.routes = routes;
  }

  @Override
  void write(DSLContext transaction, AtlassianHost host) {
    Map<Field<?>, Object> values = values(host);
    transaction
        .insertInto(table())
        .set(key(), host.getClientKey())
        .set(values)
        .onConflict(key())
        .doUpdate()
        .set(values)
        .set(DSL.field(DSL.name("last_modified_date")), (Object) DSL.currentOffsetDateTime())
        .execute();
    TenantId tenant = new TenantId(host.getClientKey());
    if (host.isAddonInstalled()) {
      routes.installed(transaction, tenant);
    } else {
      routes.uninstalled(transaction, tenant);
    }
  }

  @Override
  AtlassianHost read(Record row) {
    AtlassianHost host = new AtlassianHost();
    host.setClientKey(row.get(key()));
    host.setOauthClientId(text(row, "oauth_client_id"));
    host.setSharedSecret(text(row, "shared_secret"));
    host.setAuthentication(
        Optional.ofNullable(row.get("authentication", String.class))
            .map(AddonAuthenticationType::valueOf)
            .orElse(AddonAuthenticationType.JWT));
    host.setCloudId(text(row, "cloud_id"));
    host.setBaseUrl(text(row, "base_url"));
    host.setDisplayUrl(text(row, "display_url"));
    host.setDisplayUrlServicedeskHelpCenter(text(row, "display_url_servicedesk_help_center"));
    host.setProductType(text(row, "product_type"));
    host.setDescription(text(row, "description"));
    host.setServiceEntitlementNumber(text(row, "service_entitlement_number"));
    host.setEntitlementId(text(row, "entitlement_id"));
    host.setEntitlementNumber(text(row, "entitlement_number"));
    host.setInstallationId(text(row, "installation_id"));
    host.setAddonInstalled(row.get(INSTALLED));
    return host;
  }

  @Override
  String keyOf(AtlassianHost host) {
    return host.getClientKey();
  }

  @Deprecated
  @Override
  public Optional<AtlassianHost> findFirstByBaseUrlOrderByLastModifiedDateDesc(String baseUrl) {
    return find(DSL.field(DSL.name("base_url"), String.class).eq(baseUrl)).stream()
        .max(Comparator.comparing(AtlassianHost::isAddonInstalled));
  }

  private static Map<Field<?>, Object> values(AtlassianHost host) {
    Map<Field<?>, Object> values = new HashMap<>();
    put(values, "oauth_client_id", host.getOauthClientId());
    put(values, "shared_secret", host.getSharedSecret());
    put(
        values,
        "authentication",
        host.getAuthentication() == null ? null : host.getAuthentication().name());
    put(values, "cloud_id", host.getCloudId());
    put(values, "base_url", host.getBaseUrl());
    put(values, "display_url", host.getDisplayUrl());
    put(values, "display_url_servicedesk_help_center", host.getDisplayUrlServicedeskHelpCenter());
    put(values, "product_type", host.getProductType());
    put(values, "description", host.getDescription());
    put(values, "service_entitlement_number", host.getServiceEntitlementNumber());
    put(values, "entitlement_id", host.getEntitlementId());
    put(values, "entitlement_number", host.getEntitlementNumber());
    put(values, "installation_id", host.getInstallationId());
    values.put(INSTALLED, host.isAddonInstalled());
    return values;
  }

  private static void put(Map<Field<?>, Object> values, String column, @Nullable String text) {
    values.put(DSL.field(DSL.name(column), String.class), DSL.val(text, String.class));
  }

  private static @Nullable String text(Record row, String column) {
    return row.get(column, String.class);
  }
}
