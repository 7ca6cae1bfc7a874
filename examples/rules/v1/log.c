void rotate(void);
void rotate(void)
{
    static int last = 1;
    last++;
}
