int rotate(void);
int rotate(void)
{
    static int last = 100;
    return last++;
}
