package dev.domicile.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TenantContextTest {
  private static final TenantId A = new TenantId("a");
  private static final TenantId B = new TenantId("b");

  private final ExecutorService other = Executors.newSingleThreadExecutor();

  @AfterEach
  void nothingIsLeftInScope() {
    other.shutdownNow();
    assertThat(TenantContext.tenant()).isEmpty();
  }

  @Test
  void holdsTheTenantUntilItIsClosed() {
    try (TenantScope scope = TenantContext.open(A)) {
      assertThat(TenantContext.tenant()).contains(A);
      assertThat(scope.tenant()).isEqualTo(A);
    }
    assertThat(TenantContext.tenant()).isEmpty();
  }

  @Test
  void refusesAnotherTenantInsideAScope() {
    try (TenantScope scope = TenantContext.open(A)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> TenantContext.open(B))
          .withMessageContaining("tenant 'a' is in scope");
      assertThat(TenantContext.tenant()).contains(scope.tenant());
    }
  }

  @Test
  void nestsScopesOfTheSameTenantOnOneRoute() {
    try (TenantScope outer = TenantContext.open(A)) {
      try (TenantScope inner = TenantContext.open(A)) {
        assertThat(inner.pinned()).isSameAs(outer.pinned());
      }
      assertThat(TenantContext.tenant()).contains(A);
    }
  }

  @Test
  void closingTwiceDoesNotEndTheScopeAround() {
    try (TenantScope outer = TenantContext.open(A)) {
      TenantScope inner = TenantContext.open(A);
      inner.close();
      inner.close();
      assertThat(TenantContext.tenant()).contains(outer.tenant());
    }
  }

  @Test
  void refusesToCloseAScopeThatIsNotTheInnermost() {
    TenantScope outer = TenantContext.open(A);
    TenantScope inner = TenantContext.open(A);
    assertThatIllegalStateException().isThrownBy(outer::close);
    inner.close();
    outer.close();
  }

  @Test
  void isNotInheritedByOtherThreadsAndIsCarriedOnPurpose() throws Exception {
    try (TenantScope scope = TenantContext.open(A)) {
      assertThat(other.submit(TenantContext::tenant).get()).isEmpty();
      Callable<TenantId> carried =
          TenantContext.carryCallable(() -> TenantContext.tenant().orElseThrow());
      assertThat(other.submit(carried).get()).isEqualTo(scope.tenant());
    }
    assertThat(other.submit(TenantContext::tenant).get()).isEmpty();
  }

  @Test
  void aCarriedTaskLeavesTheScopeOfTheThreadThatRunsIt() {
    Runnable carried;
    try (TenantScope scope = TenantContext.open(A)) {
      carried = TenantContext.carry(() -> assertThat(TenantContext.tenant()).contains(A));
      assertThat(scope.tenant()).isEqualTo(A);
    }
    try (TenantScope scope = TenantContext.open(B)) {
      carried.run();
      assertThat(TenantContext.tenant()).contains(scope.tenant());
    }
  }

  @Test
  void carriesNothingWhereNoTenantIsInScope() {
    assertThatThrownBy(() -> TenantContext.carry(() -> {})).isInstanceOf(NoTenantException.class);
  }

  @Test
  void refusesKeysAndRealmsThatCannotBe() {
    assertThatIllegalArgumentException().isThrownBy(() -> new TenantId(" "));
    assertThatIllegalArgumentException().isThrownBy(() -> new TenantId("a\nb"));
    assertThatIllegalArgumentException().isThrownBy(() -> new TenantId("x".repeat(256)));
    assertThatIllegalArgumentException().isThrownBy(() -> new Realm("eu"));
  }
}
