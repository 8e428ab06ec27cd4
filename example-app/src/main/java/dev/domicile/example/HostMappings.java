package dev.domicile.example;

import com.atlassian.connect.spring.AtlassianHostMapping;
import com.atlassian.connect.spring.AtlassianHostMappingRepository;
import dev.domicile.router.Router;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.ForgeTenants;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Repository;

/**
 * The table {@code atlassian_host_mapping}: which tenant an installation of Forge belongs to. It is
 * what the migration hooks of Forge Remote go by.
 */
@Repository
class HostMappings extends ControlTable<AtlassianHostMapping>
    implements AtlassianHostMappingRepository, ForgeTenants {
  private static final Field<String> CLIENT_KEY = DSL.field(DSL.name("client_key"), String.class);

  HostMappings(Router router) {
    super(router.control(), "atlassian_host_mapping", "installation_id");
  }

  @Override
  public Optional<TenantId> find(String installationId, @Nullable String cloudId) {
    return findById(installationId).map(mapping -> new TenantId(mapping.getClientKey()));
  }

  @Override
  public long deleteByClientKey(String clientKey) {
    return remove(CLIENT_KEY.eq(clientKey));
  }

  @Override
  void write(DSLContext transaction, AtlassianHostMapping mapping) {
    transaction
        .insertInto(table())
        .set(key(), mapping.getInstallationId())
        .set(CLIENT_KEY, mapping.getClientKey())
        .onConflict(key())
        .doUpdate()
        .set(CLIENT_KEY, mapping.getClientKey())
        .execute();
  }

  @Override
  AtlassianHostMapping read(Record row) {
    AtlassianHostMapping mapping = new AtlassianHostMapping();
    mapping.setInstallationId(row.get(key()));
    mapping.setClientKey(row.get(CLIENT_KEY));
    return mapping;
  }

  @Override
  String keyOf(AtlassianHostMapping mapping) {
    return mapping.getInstallationId();
  }
}
