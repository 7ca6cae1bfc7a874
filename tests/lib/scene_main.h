/* scene_main.h -- the main of the small programs of the end-to-end tests: the first version
 * prepares its state and updates itself to the second, which verifies it.  See harness.sh. */
#ifndef OWN_MAIN
int main(void)
{
    kitsune_do_automigrate();
#if VERSION == 1
    begin();
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
#endif
    kitsune_update("scene");
#if VERSION == 1 && defined REFUSED
    unharmed();
    printf("the old version goes on\n");
    return 0;
#elif VERSION == 1
    expect(0, "the update happens", __LINE__);
    return 1;
#else
    verify();
    printf("scene ends\n");
    return 0;
#endif
}
#endif
